-- Parks a failed entry until its backoff is over: it moves to the parking consumer "~retry" with an
-- idle time set so that XAUTOCLAIM finds it when the delay has passed. A script, because the fence
-- (does the caller still own this delivery?) and the move must be one step.
--
-- KEYS[1] sw:{p}:<stream>            STREAM
-- KEYS[2] sw:{p}:<service>:attempts  HASH    error history by "<stream>/<id>"
-- ARGV[1] group      string
-- ARGV[2] id         string  entry id
-- ARGV[3] consumer   string  who had it
-- ARGV[4] deliveries int     delivery count of the failed delivery
-- ARGV[5] lease      ms      minimum idle time of the reclaimer
-- ARGV[6] delay      ms      0..lease
-- ARGV[7] record     string  JSON of the error; "" when the delivery ended without one (a crash)
-- ARGV[8] count      int     delivery count to go on with: the same, or one less after an orderly
--                            hand-back, which is nobody's crash
--
-- Returns {"PARKED"}  written
--         {"GONE"}    nothing written: settled by somebody
--         {"LOST"}    nothing written: another consumer has it
--         {"DELETED"} the entry was deleted while it was pending; its error history goes too
-- Complexity: O(log pending + history), the history bounded to 20 records.
local stream, attempts = KEYS[1], KEYS[2]
local group, id, consumer, deliveries = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local lease, delay, record, count = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[8])

local pending = redis.call('XPENDING', stream, group, id, id, 1)
if #pending == 0 then
  return { 'GONE' }
end
if pending[1][2] ~= consumer or pending[1][4] ~= deliveries then
  return { 'LOST' }
end

local field = stream .. '/' .. id
local moved = redis.call('XCLAIM', stream, group, '~retry', 0, id, 'IDLE', lease - delay, 'RETRYCOUNT', count, 'JUSTID')
if #moved == 0 then
  redis.call('HDEL', attempts, field)
  return { 'DELETED' }
end
if record ~= '' then
  local history = redis.call('HGET', attempts, field)
  local records = history and cjson.decode(history) or {}
  records[#records + 1] = cjson.decode(record)
  if #records > 20 then
    table.remove(records, 1)
  end
  redis.call('HSET', attempts, field, cjson.encode(records))
end
return { 'PARKED' }
