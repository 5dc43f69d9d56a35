--- @include announce
--- @include emit
--- @include history_line
-- Records the refund of the order's money. A confirmed order becomes refunded; an order that ended unpaid
-- keeps its state, and its event notifies the customer. A script, so that record, event and settling are
-- one step.
--
-- KEYS[1] sw:{p}:<topic>     STREAM  the delivery's
-- KEYS[2] sw:{p}:order:<id>  HASH
-- KEYS[3] sw:{p}:orders      prefix
-- ARGV[1] group, ARGV[2] entry id, ARGV[3] event id, ARGV[4] at, ARGV[5] tp
-- ARGV[6] order  string
-- ARGV[7] head   bytes  OrderRefunded up to the order document
-- ARGV[8] returned bytes OrderPaymentReturned up to the order document; "" when no money moved
--
-- Returns {"REFUNDED"}  written
--         {"NOTED"}     written: the order stays as it ended
--         {"STALE"}     nothing written: settled before
--         {"UNKNOWN"}   nothing written: no such order
-- Complexity: O(1).
local delivered, order_key, orders = KEYS[1], KEYS[2], KEYS[3]
local group, id, event, at, tp = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local order, head, returned = ARGV[6], ARGV[7], ARGV[8]

local now = redis.call('HMGET', order_key, 'status', 'n', 'doc', 'pay.status', 'needs')
if not now[1] then
  return { 'UNKNOWN' }
end
if redis.call('XACK', delivered, group, id) == 0 then
  return { 'STALE' }
end
local n = tonumber(now[2]) + 1
local field, line = history_line(n, 'PaymentRefunded', 'payments:refunded', id)
if now[1] ~= 'refunding' then
  redis.call('HSET', order_key, 'pay.status', 'refunded', 'n', n, field, line)
  local unpaid = now[1] == 'cancelled' or now[1] == 'rejected'
  if returned ~= '' and unpaid and now[4] ~= 'refunded' then
    local returned_entry = emit(orders .. ':payment-returned', 'OrderPaymentReturned', order, event, at, tp, returned .. now[3])
    local next_field, next_line = history_line(n + 1, 'OrderPaymentReturned', 'orders:payment-returned', returned_entry)
    redis.call('HSET', order_key, 'n', n + 1, next_field, next_line)
  end
  return { 'NOTED' }
end
local entry = announce(orders, 'refunded', now[5], 'OrderRefunded', order, event, at, tp, head .. now[3])
local next_field, next_line = history_line(n + 1, 'OrderRefunded', 'orders:refunded', entry)
redis.call('HSET', order_key, 'status', 'refunded', 'pay.status', 'refunded',
  'n', n + 1, field, line, next_field, next_line)
return { 'REFUNDED' }
