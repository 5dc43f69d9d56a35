-- Reads new entries as long as all processes of the service together hold fewer than their limit. The
-- pending lists are the count, so no permit can leak: what a dead process holds counts until it
-- is taken over. A script, because two processes that look at once would both see room.
--
-- KEYS[1..n] sw:{p}:<stream>  STREAM  each stream the consumer reads
-- ARGV[1] group    string
-- ARGV[2] consumer string  who reads
-- ARGV[3] limit    int     entries in flight over all processes of the service
-- ARGV[4] count    int     at most this many entries, 1..128
--
-- Returns {"TAKEN", {{stream index (1..), id, {field, value...}}...}}
--   written: they are pending for the consumer, delivery count 1
-- Complexity: O(consumers + count) per stream.
local group, consumer, limit, count = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])

local in_flight = 0
for s = 1, #KEYS do
  for _, info in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[s], group)) do
    -- name, <name>, pending, <count>, ...
    if info[2] ~= '~retry' then
      in_flight = in_flight + info[4]
    end
  end
end
local room = math.min(count, limit - in_flight)
local taken = {}
for s = 1, #KEYS do
  if room > 0 then
    local reply = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', room, 'STREAMS', KEYS[s], '>')
    for _, entry in ipairs(reply and reply[1][2] or {}) do
      taken[#taken + 1] = { s, entry[1], entry[2] }
      room = room - 1
    end
  end
end
return { 'TAKEN', taken }
