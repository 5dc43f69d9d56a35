-- Money was captured for the order. In time and in full, it is confirmed; too late or another
-- amount, the money goes back. A script, because the decision and its event must not part.
--
-- KEYS[1] sw:{p}:payments        STREAM
-- KEYS[2] sw:{p}:order:<id>      HASH
-- KEYS[3] sw:{p}:orders          STREAM
-- KEYS[4] sw:{p}:order:delayed   ZSET
-- ARGV[1] group, ARGV[2] entry id, ARGV[3] event id, ARGV[4] at, ARGV[5] tp
-- ARGV[6] order     string
-- ARGV[7] payment   string
-- ARGV[8] amount    minor units captured
-- ARGV[9] currency  string
-- ARGV[10] head     bytes  OrderConfirmed up to the order document
--
-- Returns {"CONFIRMED"}     written
--         {"REFUND"}        written: the money must go back
--         {"DUPLICATE"}     settled, nothing else written: this payment is known
--         {"STALE"}         nothing written: settled before
--         {"UNKNOWN"}       nothing written: no such order
-- Complexity: O(log timers).
local delivered, order_key, orders, delayed = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, id, event, at, tp = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local order, payment, amount, currency, head = ARGV[6], ARGV[7], tonumber(ARGV[8]), ARGV[9], ARGV[10]

local now = redis.call('HMGET', order_key, 'status', 'subtotal', 'discount', 'currency', 'n', 'doc', 'pay.status')
local status, doc = now[1], now[6]
if not status then
  return { 'UNKNOWN' }
end
if redis.call('XACK', delivered, group, id) == 0 then
  return { 'STALE' }
end
if now[7] == 'succeeded' or now[7] == 'refunding' or now[7] == 'refunded' then
  return { 'DUPLICATE' }
end

local n = tonumber(now[5]) + 1
local field, line = history(n, 'PaymentProcessed', 'payments', id)
local total = tonumber(now[2]) - tonumber(now[3] or '0')
if status == 'awaitingPayment' and amount == total and currency == now[4] then
  local entry = emit(orders, 'OrderConfirmed', order, event, at, tp, head .. doc)
  local next_field, next_line = history(n + 1, 'OrderConfirmed', 'orders', entry)
  redis.call('HSET', order_key, 'status', 'confirmed', 'pay.status', 'succeeded',
    'n', n + 1, field, line, next_field, next_line)
  redis.call('ZREM', delayed, 'PaymentTimeout:' .. order, 'PaymentReminder:' .. order)
  return { 'CONFIRMED' }
end

-- The order stays where it is: a wrong amount leaves it to its timeout, a final one is final.
local reason = status == 'awaitingPayment' and 'amountMismatch' or 'latePayment'
local message = cmsgpack.pack({ orderId = order, paymentId = payment, reason = reason })
local entry = emit(orders, 'OrderRefundRequested', order, event, at, tp, message)
local next_field, next_line = history(n + 1, 'OrderRefundRequested', 'orders', entry)
redis.call('HSET', order_key, 'pay.status', 'refunding', 'n', n + 1, field, line, next_field, next_line)
return { 'REFUND' }
