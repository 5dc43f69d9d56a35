--- @include due_in
-- Records that the order ended unpaid and the provider voided its intent. A script, because a charge may
-- have succeeded or an intent been opened meanwhile, and because a charge in progress must be polled.
--
-- KEYS[1] sw:{p}:<stream>                STREAM  a topic of orders, or the inbox after a poll
-- KEYS[2] sw:{p}:payment:intent:<order>  HASH
-- KEYS[3] sw:{p}:payment:delayed         ZSET
-- ARGV[1] group, ARGV[2] entry id
-- ARGV[3] payment string
-- ARGV[4] order   string
-- ARGV[5] intent  string  the provider's id of the voided one, or ""
-- ARGV[6] looks   int  number of polls so far; pauses grow with it
-- ARGV[7] pause   ms   until the provider is polled about a charge that it could not void; 0:
--                      it has voided the intent, or knows none
--
-- Returns {"VOIDED"}        written; when no payment was open, a mark that keeps a late one out
--         {"LATE", status}  settled, nothing else written
--         {"APPEARED"}      nothing written: an intent was opened that the provider has not voided
--         {"STALE"}         nothing written: settled before
-- Complexity: O(log timers).
local delivered, payment_key, delayed = KEYS[1], KEYS[2], KEYS[3]
local group, id, payment, order = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local intent, looks, pause = ARGV[5], ARGV[6], tonumber(ARGV[7])

local now = redis.call('HMGET', payment_key, 'status', 'intent')
local status, known = now[1], now[2]
if known and intent == '' and (status == 'open' or status == 'failed') then
  return { 'APPEARED' }
end
if redis.call('XACK', delivered, group, id) == 0 then
  return { 'STALE' }
end
-- A payment that was voided before its intent was known stores the intent, so that it can be polled.
local learns = not known and intent ~= ''
local settled = status == 'voided' and pause == 0 and not learns
if settled or status == 'succeeded' or status == 'refunded' then
  return { 'LATE', status }
end
redis.call('HSET', payment_key, 'status', 'voided', 'payment', payment)
-- No customer is charged for an order that has ended.
redis.call('HDEL', payment_key, 'unanswered', 'looks')
if learns then
  redis.call('HSET', payment_key, 'intent', intent)
end
if pause > 0 then
  redis.call('HSET', payment_key, 'looks', looks)
  redis.call('ZADD', delayed, due_in(pause), 'PaymentPoll:' .. order)
else
  redis.call('ZREM', delayed, 'PaymentPoll:' .. order)
end
return { 'VOIDED' }
