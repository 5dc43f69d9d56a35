--- @include announce
--- @include history_line
-- Cancels an order whose time to pay is over. A script, because the payment may arrive at the same moment.
--
-- KEYS[1] sw:{p}:order:inbox  STREAM
-- KEYS[2] sw:{p}:order:<id>   HASH
-- KEYS[3] sw:{p}:orders       prefix
-- ARGV[1] group, ARGV[2] entry id, ARGV[3] event id, ARGV[4] at, ARGV[5] tp
-- ARGV[6] order  string
-- ARGV[7] head   bytes  OrderCancelled up to the order document
--
-- Returns {"CANCELLED"}     written
--         {"LATE", status}  settled, nothing else written
--         {"STALE"}         nothing written: settled before
--         {"UNKNOWN"}       nothing written: no such order
-- Complexity: O(1).
local delivered, order_key, orders = KEYS[1], KEYS[2], KEYS[3]
local group, id, event, at, tp = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local order, head = ARGV[6], ARGV[7]

local now = redis.call('HMGET', order_key, 'status', 'n', 'doc', 'needs')
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
local entry = announce(orders, 'cancelled', now[4], 'OrderCancelled', order, event, at, tp, head .. now[3])
local field, line = history_line(n, 'OrderCancelled', 'orders:cancelled', entry)
redis.call('HSET', order_key, 'status', 'cancelled', 'reason', 'paymentTimeout', 'n', n, field, line)
return { 'CANCELLED' }
