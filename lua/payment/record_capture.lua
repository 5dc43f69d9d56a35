--- @include emit
-- Records a capture that a signed callback reports, and emits the result. It settles no delivery: a
-- repeated callback finds the capture recorded. The number of polls stays, which nothing reads after a
-- capture. A script, so that the state and its event are one step.
--
-- KEYS[1] sw:{p}:payment:intent:<order>  HASH
-- KEYS[2] sw:{p}:payments                prefix
-- KEYS[3] sw:{p}:payment:delayed         ZSET
-- ARGV[1] event id, ARGV[2] at, ARGV[3] tp
-- ARGV[4] order     string
-- ARGV[5] intent    string
-- ARGV[6] amount    minor units captured
-- ARGV[7] currency  string
-- ARGV[8] event     bytes   PaymentProcessed, packed
--
-- Returns {"RECORDED"}   written
--         {"DUPLICATE"}  nothing written: reported before
--         {"UNKNOWN"}    nothing written: the order's intent is not recorded yet
--         {"DOUBTFUL"}   nothing written: the report is not about the stored intent and amount
-- Complexity: O(log timers).
local payment_key, payments, delayed = KEYS[1], KEYS[2], KEYS[3]
local event, at, tp, order, intent = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local amount, currency, processed = ARGV[6], ARGV[7], ARGV[8]

local now = redis.call('HMGET', payment_key, 'status', 'intent', 'amount', 'currency', 'unanswered')
local status = now[1]
if not now[2] then
  return { 'UNKNOWN' }
end
if now[2] ~= intent or now[3] ~= amount or now[4] ~= currency then
  return { 'DOUBTFUL' }
end
if status == 'succeeded' or status == 'refunded' then
  return { 'DUPLICATE' }
end
-- Money on a voided payment is captured money all the same; the order service sends it back.
redis.call('HSET', payment_key, 'status', 'succeeded', 'captured', amount)
if now[5] then
  redis.call('HDEL', payment_key, 'unanswered')
end
redis.call('ZREM', delayed, 'PaymentPoll:' .. order)
emit(payments .. ':processed', 'PaymentProcessed', order, event, at, tp, processed)
return { 'RECORDED' }
