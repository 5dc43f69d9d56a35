--- @include due_in
--- @include emit
-- Records the intent that the provider opened for an order, and schedules its first poll. A script,
-- because the provider's callback may have been recorded before and must not be overwritten, and because
-- every charge in progress must be polled.
--
-- KEYS[1] sw:{p}:<topic>                 STREAM  the delivery's
-- KEYS[2] sw:{p}:payment:intent:<order>  HASH
-- KEYS[3] sw:{p}:payments                prefix
-- KEYS[4] sw:{p}:payment:delayed         ZSET
-- ARGV[1] group, ARGV[2] entry id, ARGV[3] event id, ARGV[4] at, ARGV[5] tp
-- ARGV[6] order     string
-- ARGV[7] payment   string
-- ARGV[8] amount    minor units
-- ARGV[9] currency  string
-- ARGV[10] intent   string  the provider's id
-- ARGV[11] event    bytes   PaymentOpened, packed; "" when a charge is in progress
-- ARGV[12] unanswered string "<attempt> <method>" of a charge that the provider did not answer, or ""
-- ARGV[13] looks    int     number of polls so far; pauses grow with it
-- ARGV[14] pause    ms      until the provider is polled
--
-- Returns {"OPENED"}        written
--         {"LATE", status}  settled, only the amount written: known already
--         {"ENDED"}         nothing written: the order ended before its intent was opened, so the
--                           intent must be voided
--         {"STALE"}         nothing written: settled before
-- Complexity: O(log timers).
local delivered, payment_key, payments, delayed = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, id, event, at, tp, order = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local payment, amount, currency, intent, opened = ARGV[7], ARGV[8], ARGV[9], ARGV[10], ARGV[11]
local unanswered, looks, pause = ARGV[12], ARGV[13], ARGV[14]

local now = redis.call('HMGET', payment_key, 'status', 'intent')
local status = now[1]
if status == 'voided' and not now[2] then
  return { 'ENDED' }
end
if redis.call('XACK', delivered, group, id) == 0 then
  return { 'STALE' }
end
if status then
  redis.call('HSET', payment_key, 'amount', amount, 'currency', currency)
  return { 'LATE', status }
end
redis.call('HSET', payment_key, 'status', 'open', 'payment', payment, 'amount', amount,
  'currency', currency, 'intent', intent, 'looks', looks)
if unanswered ~= '' then
  redis.call('HSET', payment_key, 'unanswered', unanswered)
end
redis.call('ZADD', delayed, due_in(pause), 'PaymentPoll:' .. order)
if opened ~= '' then
  emit(payments .. ':opened', 'PaymentOpened', order, event, at, tp, opened)
end
return { 'OPENED' }
