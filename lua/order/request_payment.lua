--- @include emit
--- @include history_line
-- Requests a charge of an open order with another method. A script, because the order may end at the
-- same moment, and because the attempt's number is the charge's idempotency key.
--
-- KEYS[1] sw:{p}:order:<id>  HASH
-- KEYS[2] sw:{p}:orders      prefix
-- ARGV[1] event id, ARGV[2] at, ARGV[3] tp
-- ARGV[4] order   string
-- ARGV[5] method  string
--
-- Returns {"REQUESTED", attempt}  written
--         {"NOT_PAYABLE", status} nothing written
--         {"UNKNOWN"}             nothing written: no such order
-- Complexity: O(1).
local order_key, orders = KEYS[1], KEYS[2]
local event, at, tp, order, method = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local now = redis.call('HMGET', order_key, 'status', 'n', 'subtotal', 'discount', 'currency', 'attempt')
if not now[1] then
  return { 'UNKNOWN' }
end
if now[1] ~= 'awaitingPayment' then
  return { 'NOT_PAYABLE', now[1] }
end
local attempt = tonumber(now[6] or '1') + 1
local message = cmsgpack.pack({
  orderId = order,
  amount = { amount = tonumber(now[3]) - tonumber(now[4] or '0'), currency = now[5] },
  paymentMethod = method,
  attempt = attempt,
})
local n = tonumber(now[2]) + 1
local entry = emit(orders .. ':payment-requested', 'OrderPaymentRequested', order, event, at, tp, message)
local field, line = history_line(n, 'OrderPaymentRequested', 'orders:payment-requested', entry)
redis.call('HSET', order_key, 'attempt', attempt, 'n', n, field, line)
return { 'REQUESTED', attempt }
