--- @include emit
--- @include history_line
--- @include now_ms
-- Emits a reminder for an unpaid order when most of its time to pay has passed. A script, because the
-- payment may arrive at the same moment.
--
-- KEYS[1] sw:{p}:order:inbox  STREAM
-- KEYS[2] sw:{p}:order:<id>   HASH
-- KEYS[3] sw:{p}:orders       prefix
-- ARGV[1] group, ARGV[2] entry id, ARGV[3] event id, ARGV[4] at, ARGV[5] tp
-- ARGV[6] order  string
--
-- Returns {"REMINDED"}      written
--         {"LATE", status}  settled, nothing else written: it moved on, or its time is over
--         {"STALE"}         nothing written: settled before
--         {"UNKNOWN"}       nothing written: no such order
-- Complexity: O(1).
local delivered, order_key, orders = KEYS[1], KEYS[2], KEYS[3]
local group, id, event, at, tp, order = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

local now = redis.call('HMGET', order_key, 'status', 'n', 'doc', 'due', 'pay.status', 'pay.url')
if not now[1] then
  return { 'UNKNOWN' }
end
if redis.call('XACK', delivered, group, id) == 0 then
  return { 'STALE' }
end
local due = tonumber(now[4] or '0')
local over = now_ms() >= due
if now[1] ~= 'awaitingPayment' or over or now[5] == 'refunding' or now[5] == 'refunded' then
  return { 'LATE', now[1] }
end

local head = { orderId = order, payBefore = due }
if now[6] and now[6] ~= '' then
  head.payUrl = now[6]
end
-- One field more than was packed: the document, which is packed already. A small map counts its
-- fields in its first byte.
head = cmsgpack.pack(head)
head = string.char(string.byte(head) + 1) .. string.sub(head, 2) .. cmsgpack.pack('order')
local n = tonumber(now[2]) + 1
local entry = emit(orders .. ':payment-due', 'OrderPaymentDue', order, event, at, tp, head .. now[3])
local field, line = history_line(n, 'OrderPaymentDue', 'orders:payment-due', entry)
redis.call('HSET', order_key, 'n', n, field, line)
return { 'REMINDED' }
