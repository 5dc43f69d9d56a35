--- @include announce
--- @include emit
--- @include history_line
--- @include now_ms
-- Records a service's answer to the order's hold. When all services have granted their hold, the order
-- awaits payment and its timers start; a refusal rejects it. A script, because it joins answers that
-- arrive in any order.
--
-- KEYS[1] sw:{p}:<stream>        STREAM  the answer's
-- KEYS[2] sw:{p}:order:<id>      HASH
-- KEYS[3] sw:{p}:orders          prefix
-- KEYS[4] sw:{p}:order:delayed   ZSET
-- ARGV[1] group, ARGV[2] entry id of the answer, ARGV[3] event id, ARGV[4] at, ARGV[5] tp
-- ARGV[6] order     string
-- ARGV[7] holder    string  "inventory" or "promotion"
-- ARGV[8] verdict   string  "granted" or "refused"
-- ARGV[9] discount  minor units granted by the holder; only one of them grants any
-- ARGV[10] reason   string  of a refusal
-- ARGV[11] details  string  JSON of a refusal, for the customer
-- ARGV[12] head     bytes   OrderRejected up to the order document; used for a refusal
-- ARGV[13] timeout  ms      time to pay
-- ARGV[14] answer   string  the answer's type, for the history
-- ARGV[15] source   string  the answer's stream name, for the history
--
-- Returns {"WAITING"}           written: other holds are still open
--         {"AWAITING_PAYMENT"}  written
--         {"REJECTED"}          written
--         {"DUPLICATE"}         settled, nothing else written: this holder granted before
--         {"LATE", status}      settled, nothing else written
--         {"STALE"}             nothing written: settled before
--         {"UNKNOWN"}           nothing written: no such order
-- Complexity: O(holds).
local delivered, order_key, orders, delayed = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, id, event, at, tp = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local order, holder, verdict, discount = ARGV[6], ARGV[7], ARGV[8], tonumber(ARGV[9])
local reason, details, head, timeout = ARGV[10], ARGV[11], ARGV[12], tonumber(ARGV[13])
local answer, source = ARGV[14], ARGV[15]

local now = redis.call('HMGET', order_key, 'status', 'needs', 'held', 'subtotal', 'discount', 'currency', 'method', 'n')
local status, needs, held = now[1], now[2], now[3] or ''
if not status then
  return { 'UNKNOWN' }
end
if redis.call('XACK', delivered, group, id) == 0 then
  return { 'STALE' }
end
if status ~= 'placed' then
  return { 'LATE', status }
end
if verdict == 'granted' and string.find(held, holder .. ',', 1, true) then
  return { 'DUPLICATE' }
end

local n = tonumber(now[8]) + 1
local field, line = history_line(n, answer, source, id)
if verdict == 'refused' then
  local doc = redis.call('HGET', order_key, 'doc')
  local entry = announce(orders, 'rejected', needs, 'OrderRejected', order, event, at, tp, head .. doc)
  local next_field, next_line = history_line(n + 1, 'OrderRejected', 'orders:rejected', entry)
  redis.call('HSET', order_key, 'status', 'rejected', 'reason', reason, 'details', details,
    'n', n + 1, field, line, next_field, next_line)
  return { 'REJECTED' }
end

held = held .. holder .. ','
if discount > 0 then
  -- The document ends with its discount, so far the one byte of a zero.
  local doc = redis.call('HGET', order_key, 'doc')
  redis.call('HSET', order_key, 'doc', string.sub(doc, 1, -2) .. cmsgpack.pack(discount))
end
discount = discount + tonumber(now[5] or '0')
for need in string.gmatch(needs, '[^,]+') do
  if not string.find(held, need .. ',', 1, true) then
    redis.call('HSET', order_key, 'held', held, 'discount', discount, 'n', n, field, line)
    return { 'WAITING' }
  end
end

local due = now_ms() + timeout
local message = {
  orderId = order,
  amount = { amount = tonumber(now[4]) - discount, currency = now[6] },
  payBefore = due,
}
if now[7] ~= '' then
  message.paymentMethod = now[7]
end
local entry = emit(orders .. ':awaiting-payment', 'OrderAwaitingPayment', order, event, at, tp, cmsgpack.pack(message))
local next_field, next_line = history_line(n + 1, 'OrderAwaitingPayment', 'orders:awaiting-payment', entry)
redis.call('HSET', order_key, 'status', 'awaitingPayment', 'held', held, 'discount', discount,
  'due', string.format('%.0f', due), 'n', n + 1, field, line, next_field, next_line)
-- A third of the time is left when the customer is reminded.
redis.call('ZADD', delayed, string.format('%.0f', due), 'PaymentTimeout:' .. order,
  string.format('%.0f', due - math.floor(timeout / 3)), 'PaymentReminder:' .. order)
return { 'AWAITING_PAYMENT' }
