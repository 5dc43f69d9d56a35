--- @include to_map
-- Drops a group and notes how far it came, unless something is pending in it. A script, because an entry must not
-- be delivered between the look and the end.
--
-- KEYS[1] sw:{p}:<stream>               STREAM
-- KEYS[2] sw:{p}:<service>:checkpoints  HASH    stream -> id up to which the group had settled all
-- ARGV[1] group string
--
-- Returns {"DROPPED"}  written
--         {"PENDING"}  nothing written
--         {"NONE"}     nothing written: there is no such group
-- Complexity: O(groups).
local stream, checkpoints = KEYS[1], KEYS[2]
local group = ARGV[1]

local found
if redis.call('EXISTS', stream) == 1 then
  for _, info in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local known = to_map(info)
    if known['name'] == group then
      found = known
    end
  end
end
if not found then
  return { 'NONE' }
end
if found['pending'] > 0 then
  return { 'PENDING' }
end
redis.call('XGROUP', 'DESTROY', stream, group)
redis.call('HSET', checkpoints, stream, found['last-delivered-id'])
return { 'DROPPED' }
