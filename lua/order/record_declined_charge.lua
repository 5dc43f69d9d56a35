--- @include emit
--- @include history_line
-- Records a failed charge. The order stays payable until its timeout; the event notifies the customer.
-- A script, so that record, event and settling are one step.
--
-- KEYS[1] sw:{p}:<topic>     STREAM  the delivery's
-- KEYS[2] sw:{p}:order:<id>  HASH
-- KEYS[3] sw:{p}:orders      prefix
-- KEYS[4] sw:{p}:order:open:<customer>  HASH  order id -> "<product> <units> .." of orders to pay
-- ARGV[1] group, ARGV[2] entry id, ARGV[3] event id, ARGV[4] at, ARGV[5] tp
-- ARGV[6] order  string
-- ARGV[7] url    string  where the customer can try again, or ""
-- ARGV[8] head   bytes   OrderPaymentFailed up to the order document
-- ARGV[9] lines  string  "<product> <units> .." of the order
-- ARGV[10] open ttl  ms
--
-- Returns {"RECORDED"}      written
--         {"LATE", status}  settled, nothing else written
--         {"STALE"}         nothing written: settled before
--         {"UNKNOWN"}       nothing written: no such order
-- Complexity: O(1).
local delivered, order_key, orders, open = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, id, event, at, tp = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local order, url, head, lines, open_ttl = ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10]

local now = redis.call('HMGET', order_key, 'status', 'n', 'doc')
if not now[1] then
  return { 'UNKNOWN' }
end
if redis.call('XACK', delivered, group, id) == 0 then
  return { 'STALE' }
end
if now[1] ~= 'awaitingPayment' then
  return { 'LATE', now[1] }
end
local n = tonumber(now[2]) + 1
local field, line = history_line(n, 'PaymentProcessed', 'payments:processed', id)
local entry = emit(orders .. ':payment-failed', 'OrderPaymentFailed', order, event, at, tp, head .. now[3])
local next_field, next_line = history_line(n + 1, 'OrderPaymentFailed', 'orders:payment-failed', entry)
redis.call('HSET', order_key, 'pay.status', 'failed', 'pay.url', url, 'n', n + 1, field, line, next_field, next_line)
redis.call('HSET', open, order, lines)
redis.call('PEXPIRE', open, open_ttl)
return { 'RECORDED' }
