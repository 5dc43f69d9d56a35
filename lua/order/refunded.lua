-- The money of the order went back. A script, so that the note and the settling are one step.
--
-- KEYS[1] sw:{p}:payments    STREAM
-- KEYS[2] sw:{p}:order:<id>  HASH
-- ARGV[1] group, ARGV[2] entry id
--
-- Returns {"NOTED"}    written
--         {"STALE"}    nothing written: settled before
--         {"UNKNOWN"}  nothing written: no such order
-- Complexity: O(1).
local delivered, order_key = KEYS[1], KEYS[2]
local group, id = ARGV[1], ARGV[2]

local n = redis.call('HGET', order_key, 'n')
if not n then
  return { 'UNKNOWN' }
end
if redis.call('XACK', delivered, group, id) == 0 then
  return { 'STALE' }
end
local field, line = history(n + 1, 'PaymentRefunded', 'payments', id)
redis.call('HSET', order_key, 'pay.status', 'refunded', 'n', n + 1, field, line)
return { 'NOTED' }
