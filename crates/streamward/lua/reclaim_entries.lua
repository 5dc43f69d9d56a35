-- Claims entries whose idle time has passed the lease: retries that are due and entries that a dead
-- or crashed consumer left behind. One script, because each claimed entry needs its delivery count
-- and its error history, and both must belong to this claim.
--
-- KEYS[1]      sw:{p}:<service>:attempts  HASH    error history by "<stream>/<id>"
-- KEYS[2..n]   sw:{p}:<stream>            STREAM  each stream the consumer reads
-- ARGV[1] group    string
-- ARGV[2] consumer string   who claims
-- ARGV[3] lease    ms       minimum idle time; also the longest backoff a parked entry can have
-- ARGV[4] count    int      at most this many entries, 1..100
-- ARGV[5] limit    int      entries in flight over all processes of the service; 0 for no limit
-- ARGV[6..] cursor string   per stream, "0-0" to start; must equal KEYS[2..n] in number
--
-- Returns {"CLAIMED", {cursor...}, {{stream index (1..), id, {field, value...}, deliveries, history}...}, {{stream index, id}...}}
--   written: the claimed entries belong to the consumer, delivery count + 1; entries that were
--   deleted while pending are gone from the pending list and listed last.
-- Complexity: O(10 * count + consumers) per stream, bounded by XAUTOCLAIM.
local attempts = KEYS[1]
local group, consumer, lease, count = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local limit = tonumber(ARGV[5])

if limit > 0 then
  for s = 2, #KEYS do
    for _, info in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[s], group)) do
      -- name, <name>, pending, <count>, ...
      if info[2] ~= '~retry' then
        limit = limit - info[4]
      end
    end
  end
  count = math.min(count, limit)
end
local cursors, claimed, lost = {}, {}, {}
for s = 2, #KEYS do
  local stream, cursor = KEYS[s], ARGV[s + 4]
  if count > 0 then
    local reply = redis.pcall('XAUTOCLAIM', stream, group, consumer, lease, cursor, 'COUNT', count)
    if reply.err then
      -- The caller needs what other streams gave up; a later call finds the error alone.
      if #claimed == 0 and #lost == 0 then
        return reply
      end
      reply = { cursor, {}, {} }
    end
    cursor = reply[1]
    for _, entry in ipairs(reply[2]) do
      local id = entry[1]
      local pending = redis.call('XPENDING', stream, group, id, id, 1)
      local history = redis.call('HGET', attempts, stream .. '/' .. id)
      claimed[#claimed + 1] = { s - 1, id, entry[2], pending[1][4], history or '' }
      count = count - 1
    end
    for _, id in ipairs(reply[3]) do
      lost[#lost + 1] = { s - 1, id }
    end
  end
  cursors[#cursors + 1] = cursor
end
return { 'CLAIMED', cursors, claimed, lost }
