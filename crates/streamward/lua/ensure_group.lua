--- @include is_older
--- @include to_map
-- Makes sure that a group exists. One that was lost - a failover, a restore, a slip of the hand - goes
-- on where its last checkpoint says it was; without one at the beginning, never at the end, which would
-- drop what was written meanwhile. A script, because the checkpoint must fit the stream it is used on.
--
-- KEYS[1] sw:{p}:<stream>               STREAM  created when missing
-- KEYS[2] sw:{p}:<service>:checkpoints  HASH    stream -> id up to which the group had settled all
-- ARGV[1] group string
-- ARGV[2] start string  id after which a new group reads, "0-0" for all
--
-- Returns {"EXISTS"}             nothing written
--         {"CREATED", start id}  written
-- Complexity: O(groups).
local stream, checkpoints = KEYS[1], KEYS[2]
local group, start = ARGV[1], ARGV[2]

if redis.call('EXISTS', stream) == 0 then
  start = '0-0'
else
  for _, info in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    -- name, <name>, ...
    if info[2] == group then
      return { 'EXISTS' }
    end
  end
  local kept = redis.call('HGET', checkpoints, stream)
  local last = to_map(redis.call('XINFO', 'STREAM', stream))['last-generated-id']
  -- A start beyond the end would have no lag that the server knows, and clocks differ.
  if is_older(last, start) then
    start = last
  end
  -- A checkpoint beyond the stream's end belongs to a stream that is gone.
  if kept and is_older(start, kept) and not is_older(last, kept) then
    start = kept
  end
end
redis.call('XGROUP', 'CREATE', stream, group, start, 'MKSTREAM')
return { 'CREATED', start }
