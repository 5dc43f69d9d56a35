--- @include to_map
-- Notes up to where a group has settled everything, so that a group that gets lost can go on from
-- there. A script, because the oldest pending entry must not move between the look and the note.
--
-- KEYS[1] sw:{p}:<stream>               STREAM
-- KEYS[2] sw:{p}:<service>:checkpoints  HASH    stream -> id
-- ARGV[1] group string
--
-- Returns {"NOTED", id}  written, unless it was noted before
--         {"NONE"}       nothing written: the stream or the group is not there
-- Complexity: O(groups + consumers).
local stream, checkpoints = KEYS[1], KEYS[2]
local group = ARGV[1]

if redis.call('EXISTS', stream) == 0 then
  return { 'NONE' }
end
local settled
for _, info in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
  local found = to_map(info)
  if found['name'] == group then
    settled = found['last-delivered-id']
    if found['pending'] > 0 then
      -- The id just before the oldest pending one.
      local ms, seq = string.match(redis.call('XPENDING', stream, group)[2], '^(%d+)-(%d+)$')
      if seq ~= '0' then
        settled = ms .. '-' .. string.format('%.0f', tonumber(seq) - 1)
      else
        settled = string.format('%.0f', tonumber(ms) - 1) .. '-18446744073709551615'
      end
    end
  end
end
if not settled then
  return { 'NONE' }
end
if redis.call('HGET', checkpoints, stream) ~= settled then
  redis.call('HSET', checkpoints, stream, settled)
end
return { 'NOTED', settled }
