--- @include is_older
--- @include to_map
-- Forgets error histories of entries that are no longer pending: a process that dies between settling
-- an entry and forgetting its history would leave it for ever. An entry that the group has still to
-- read keeps its history, which it brought along from the delay queue. A script, because an entry must
-- not be parked between the look and the deletion.
--
-- KEYS[1]    sw:{p}:<service>:attempts  HASH    error history by "<stream>/<id>"
-- KEYS[2..n] sw:{p}:<stream>            STREAM  each stream the service reads
-- ARGV[1] group  string
-- ARGV[2] cursor string  "0" to start
-- ARGV[3] count  int     about so many histories, 1..100
--
-- Returns {"SWEPT", cursor, n}  n histories forgotten; those of streams not in KEYS, and of streams
--                               without the group, are left alone
-- Complexity: O(groups) per stream, and O(count * log pending).
local attempts = KEYS[1]
local group, cursor, count = ARGV[1], ARGV[2], ARGV[3]

-- The last id that the group has read, by stream.
local read = {}
for i = 2, #KEYS do
  local groups = redis.call('EXISTS', KEYS[i]) == 1 and redis.call('XINFO', 'GROUPS', KEYS[i]) or {}
  for _, info in ipairs(groups) do
    local found = to_map(info)
    if found['name'] == group then
      read[KEYS[i]] = found['last-delivered-id']
    end
  end
end

local reply = redis.call('HSCAN', attempts, cursor, 'COUNT', count)
local swept = 0
for i = 1, #reply[2], 2 do
  local field = reply[2][i]
  local stream, id = string.match(field, '^(.*)/(%d+%-%d+)$')
  local last = stream and read[stream]
  if last and not is_older(last, id) and #redis.call('XPENDING', stream, group, id, id, 1) == 0 then
    redis.call('HDEL', attempts, field)
    swept = swept + 1
  end
end
return { 'SWEPT', reply[1], swept }
