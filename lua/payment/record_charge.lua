--- @include due_in
--- @include emit
-- Records how a charge ended, as the provider reported it, and emits the result. A script, because
-- callbacks arrive late, twice, out of order, and beside a poll of the same intent.
--
-- KEYS[1] sw:{p}:<stream>                STREAM  the report's
-- KEYS[2] sw:{p}:payment:intent:<order>  HASH
-- KEYS[3] sw:{p}:payments                prefix
-- KEYS[4] sw:{p}:payment:delayed         ZSET
-- ARGV[1] group, ARGV[2] entry id, ARGV[3] event id, ARGV[4] at, ARGV[5] tp
-- ARGV[6] order     string
-- ARGV[7] result    string  "succeeded" or "failed"
-- ARGV[8] report    string  the failed charge, or the provider's event: identifies a repeated failure
-- ARGV[9] payment   string
-- ARGV[10] intent   string
-- ARGV[11] amount   minor units captured
-- ARGV[12] currency string
-- ARGV[13] event    bytes   PaymentProcessed, packed
-- ARGV[14] proof    string  "signature" or "provider": source of the report
-- ARGV[15] pause    ms      until the provider is polled about a failed payment that can be tried again
--
-- Returns {"RECORDED"}        written
--         {"DUPLICATE"}       settled, nothing else written: reported before
--         {"LATE", status}    settled, nothing else written: the payment has moved on
--         {"DOUBTFUL"}        nothing written: the report is not about the stored intent and
--                             amount, and only its signature proves it
--         {"STALE"}           nothing written: settled before
-- Complexity: O(log timers).
local delivered, payment_key, payments, delayed = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, id, event, at, tp, order = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local result, report, payment, intent = ARGV[7], ARGV[8], ARGV[9], ARGV[10]
local amount, currency, processed, proof, pause = ARGV[11], ARGV[12], ARGV[13], ARGV[14], ARGV[15]

local now = redis.call('HMGET', payment_key, 'status', 'report:' .. report, 'intent', 'amount')
local status = now[1]
local expected = now[3] == intent and (result ~= 'succeeded' or now[4] == amount)
if proof == 'signature' and not expected then
  return { 'DOUBTFUL' }
end
if redis.call('XACK', delivered, group, id) == 0 then
  return { 'STALE' }
end
if status == 'succeeded' or status == 'refunded' then
  if result == 'succeeded' then
    return { 'DUPLICATE' }
  end
  return { 'LATE', status }
end
if result == 'failed' then
  if now[2] then
    return { 'DUPLICATE' }
  end
  if status == 'voided' then
    return { 'LATE', status }
  end
end
-- Money on a voided payment is captured money all the same; the order service sends it back.
if result == 'succeeded' then
  -- The requested amount stays beside the captured one.
  redis.call('HSET', payment_key, 'status', 'succeeded', 'payment', payment, 'intent', intent,
    'amount', now[4] or amount, 'captured', amount, 'currency', currency)
  redis.call('HDEL', payment_key, 'unanswered', 'looks')
  redis.call('ZREM', delayed, 'PaymentPoll:' .. order)
else
  redis.call('HSET', payment_key, 'status', 'failed', 'payment', payment, 'intent', intent, 'report:' .. report, at)
  redis.call('ZADD', delayed, 'NX', due_in(pause), 'PaymentPoll:' .. order)
end
emit(payments .. ':processed', 'PaymentProcessed', order, event, at, tp, processed)
return { 'RECORDED' }
