--- @include announce
--- @include emit
--- @include history_line
-- Records captured money. A payment in time and in full confirms the order; a late one is refunded; one
-- of another amount is refunded and cancels the order, whose only payment is used up. A script, so that
-- the decision and its events are one step.
--
-- KEYS[1] sw:{p}:<topic>         STREAM  the delivery's
-- KEYS[2] sw:{p}:order:<id>      HASH
-- KEYS[3] sw:{p}:orders          prefix
-- KEYS[4] sw:{p}:order:delayed   ZSET
-- ARGV[1] group, ARGV[2] entry id, ARGV[3] event id, ARGV[4] at, ARGV[5] tp
-- ARGV[6] order     string
-- ARGV[7] payment   string
-- ARGV[8] amount    minor units captured
-- ARGV[9] currency  string
-- ARGV[10] head     bytes  OrderConfirmed up to the order document
-- ARGV[11] cancelled bytes OrderCancelled up to the order document; used for a wrong amount
-- ARGV[12] second   string event id of the second event, which only a wrong amount has
--
-- Returns {"CONFIRMED"}     written
--         {"REFUND"}        written: the money must go back, the order stays as it ended
--         {"MISMATCH"}      written: the money must go back, the order is cancelled
--         {"DUPLICATE"}     settled, nothing else written: this payment is known
--         {"STALE"}         nothing written: settled before
--         {"UNKNOWN"}       nothing written: no such order
-- Complexity: O(log timers).
local delivered, order_key, orders, delayed = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, id, event, at, tp = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local order, payment, amount, currency = ARGV[6], ARGV[7], tonumber(ARGV[8]), ARGV[9]
local head, cancelled, second = ARGV[10], ARGV[11], ARGV[12]

local now = redis.call('HMGET', order_key, 'status', 'subtotal', 'discount', 'currency', 'n', 'doc', 'pay.status', 'needs')
local status, doc, needs = now[1], now[6], now[8]
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
local field, line = history_line(n, 'PaymentProcessed', 'payments:processed', id)
local total = tonumber(now[2]) - tonumber(now[3] or '0')
if status == 'awaitingPayment' and amount == total and currency == now[4] then
  local entry = announce(orders, 'confirmed', needs, 'OrderConfirmed', order, event, at, tp, head .. doc)
  local next_field, next_line = history_line(n + 1, 'OrderConfirmed', 'orders:confirmed', entry)
  redis.call('HSET', order_key, 'status', 'confirmed', 'pay.status', 'succeeded',
    'n', n + 1, field, line, next_field, next_line)
  redis.call('ZREM', delayed, 'PaymentTimeout:' .. order, 'PaymentReminder:' .. order)
  return { 'CONFIRMED' }
end

local mismatch = status == 'awaitingPayment'
local reason = mismatch and 'amountMismatch' or 'latePayment'
local message = cmsgpack.pack({ orderId = order, paymentId = payment, reason = reason })
local entry = emit(orders .. ':refund-requested', 'OrderRefundRequested', order, event, at, tp, message)
local next_field, next_line = history_line(n + 1, 'OrderRefundRequested', 'orders:refund-requested', entry)
redis.call('HSET', order_key, 'pay.status', 'refunding', 'n', n + 1, field, line, next_field, next_line)
if not mismatch then
  return { 'REFUND' }
end
local ended = announce(orders, 'cancelled', needs, 'OrderCancelled', order, second, at, tp, cancelled .. doc)
local last_field, last_line = history_line(n + 2, 'OrderCancelled', 'orders:cancelled', ended)
redis.call('HSET', order_key, 'status', 'cancelled', 'reason', reason, 'n', n + 2, last_field, last_line)
redis.call('ZREM', delayed, 'PaymentTimeout:' .. order, 'PaymentReminder:' .. order)
return { 'MISMATCH' }
