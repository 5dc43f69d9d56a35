-- The order ended unpaid and the provider was told. A script, because a charge may have succeeded
-- meanwhile, and because one that is still under way must be asked about.
--
-- KEYS[1] sw:{p}:<stream>                STREAM  orders, or the inbox after a question
-- KEYS[2] sw:{p}:payment:intent:<order>  HASH
-- KEYS[3] sw:{p}:payment:delayed         ZSET
-- ARGV[1] group, ARGV[2] entry id
-- ARGV[3] payment string
-- ARGV[4] order   string
-- ARGV[5] looks   int  how far the growing pauses between two questions have grown
-- ARGV[6] pause   ms   until the provider is asked what became of a charge that it could not void; 0:
--                      it has voided the intent, or knows none
-- ARGV[7] intent  string  the provider's id of what is asked about; "" with no pause
--
-- Returns {"VOIDED"}        written; when no payment was open, a mark that keeps a late one out
--         {"LATE", status}  settled, nothing else written
--         {"STALE"}         nothing written: settled before
-- Complexity: O(log timers).
local delivered, payment_key, delayed = KEYS[1], KEYS[2], KEYS[3]
local group, id, payment, order = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local looks, pause, intent = ARGV[5], tonumber(ARGV[6]), ARGV[7]

local status = redis.call('HGET', payment_key, 'status')
if redis.call('XACK', delivered, group, id) == 0 then
  return { 'STALE' }
end
if status == 'succeeded' or status == 'refunded' or (status == 'voided' and pause == 0) then
  return { 'LATE', status }
end
redis.call('HSET', payment_key, 'status', 'voided', 'payment', payment)
-- Nobody is charged for an order that has ended.
redis.call('HDEL', payment_key, 'unanswered', 'looks')
if pause > 0 then
  -- The order may have ended before its intent was recorded.
  redis.call('HSET', payment_key, 'looks', looks, 'intent', intent)
  redis.call('ZADD', delayed, after(pause), 'PaymentPoll:' .. order)
else
  redis.call('ZREM', delayed, 'PaymentPoll:' .. order)
end
return { 'VOIDED' }
