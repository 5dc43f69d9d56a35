--- @include announce
--- @include history_line
-- Cancels an unpaid order. A script, because a payment or an answer to a hold may arrive at the same
-- moment, and only one of them may win.
--
-- KEYS[1] sw:{p}:order:<id>      HASH
-- KEYS[2] sw:{p}:orders          prefix
-- KEYS[3] sw:{p}:order:delayed   ZSET
-- ARGV[1] event id, ARGV[2] at, ARGV[3] tp
-- ARGV[4] order   string
-- ARGV[5] reason  string
-- ARGV[6] head    bytes   OrderCancelled up to the order document
--
-- Returns {"CANCELLED"}                written
--         {"REPLAY"}                   nothing written: cancelled for the same reason before
--         {"NOT_CANCELLABLE", status}  nothing written
--         {"UNKNOWN"}                  nothing written: no such order
-- Complexity: O(log timers).
local order_key, orders, delayed = KEYS[1], KEYS[2], KEYS[3]
local event, at, tp, order, reason, head = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

local now = redis.call('HMGET', order_key, 'status', 'n', 'doc', 'reason', 'needs')
if not now[1] then
  return { 'UNKNOWN' }
end
if now[1] == 'cancelled' and now[4] == reason then
  return { 'REPLAY' }
end
if now[1] ~= 'placed' and now[1] ~= 'awaitingPayment' then
  return { 'NOT_CANCELLABLE', now[1] }
end
local n = tonumber(now[2]) + 1
local entry = announce(orders, 'cancelled', now[5], 'OrderCancelled', order, event, at, tp, head .. now[3])
local field, line = history_line(n, 'OrderCancelled', 'orders:cancelled', entry)
redis.call('HSET', order_key, 'status', 'cancelled', 'reason', reason, 'n', n, field, line)
redis.call('ZREM', delayed, 'PaymentTimeout:' .. order, 'PaymentReminder:' .. order)
return { 'CANCELLED' }
