--- @include history_line
-- Records the provider's payment page. A script, so that record and settling are one step.
--
-- KEYS[1] sw:{p}:<topic>     STREAM  the delivery's
-- KEYS[2] sw:{p}:order:<id>  HASH
-- ARGV[1] group, ARGV[2] entry id
-- ARGV[3] url string  the provider's page
--
-- Returns {"NOTED"}    written
--         {"STALE"}    nothing written: settled before
--         {"UNKNOWN"}  nothing written: no such order
-- Complexity: O(1).
local delivered, order_key = KEYS[1], KEYS[2]
local group, id, url = ARGV[1], ARGV[2], ARGV[3]

local now = redis.call('HMGET', order_key, 'n', 'pay.status')
local n = now[1]
if not n then
  return { 'UNKNOWN' }
end
if redis.call('XACK', delivered, group, id) == 0 then
  return { 'STALE' }
end
local field, line = history_line(n + 1, 'PaymentOpened', 'payments:opened', id)
-- A late page does not change the status of a payment that has moved on.
redis.call('HSET', order_key, 'pay.url', url, 'pay.status', now[2] or 'open', 'n', n + 1, field, line)
return { 'NOTED' }
