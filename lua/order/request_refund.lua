--- @include emit
--- @include history_line
-- Requests the refund of a confirmed order. A script, so that it is requested once.
--
-- KEYS[1] sw:{p}:order:<id>  HASH
-- KEYS[2] sw:{p}:orders      prefix
-- ARGV[1] event id, ARGV[2] at, ARGV[3] tp
-- ARGV[4] order  string
-- ARGV[5] event  bytes  OrderRefundRequested, packed
--
-- Returns {"REQUESTED"}               written
--         {"REPLAY", status}          nothing written: requested before
--         {"NOT_REFUNDABLE", status}  nothing written
--         {"UNKNOWN"}                 nothing written: no such order
-- Complexity: O(1).
local order_key, orders = KEYS[1], KEYS[2]
local event, at, tp, order, requested = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local now = redis.call('HMGET', order_key, 'status', 'n')
if not now[1] then
  return { 'UNKNOWN' }
end
if now[1] == 'refunding' or now[1] == 'refunded' then
  return { 'REPLAY', now[1] }
end
if now[1] ~= 'confirmed' then
  return { 'NOT_REFUNDABLE', now[1] }
end
local n = tonumber(now[2]) + 1
local entry = emit(orders .. ':refund-requested', 'OrderRefundRequested', order, event, at, tp, requested)
local field, line = history_line(n, 'OrderRefundRequested', 'orders:refund-requested', entry)
redis.call('HSET', order_key, 'status', 'refunding', 'pay.status', 'refunding', 'n', n, field, line)
return { 'REQUESTED' }
