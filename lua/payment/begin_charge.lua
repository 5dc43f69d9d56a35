--- @include due_in
-- Records the start of a charge with another method. A script, so that the delivery is settled only when
-- the poll of the charge is scheduled, and because the payment may have ended, or a later charge been
-- recorded, meanwhile.
--
-- KEYS[1] sw:{p}:<topic>                 STREAM  the delivery's
-- KEYS[2] sw:{p}:payment:intent:<order>  HASH
-- KEYS[3] sw:{p}:payment:delayed         ZSET
-- ARGV[1] group, ARGV[2] entry id
-- ARGV[3] order      string
-- ARGV[4] attempt    int     which of the order's charges it is
-- ARGV[5] unanswered string  "<attempt> <method>" when the provider did not answer the charge, or ""
-- ARGV[6] looks      int     number of polls so far; pauses grow with it
-- ARGV[7] pause      ms      until the provider is polled
--
-- Returns {"CHARGING"}      written
--         {"LATE", status}  settled, nothing else written: the payment has ended
--         {"STALE"}         nothing written: settled before
-- Complexity: O(log timers).
local delivered, payment_key, delayed = KEYS[1], KEYS[2], KEYS[3]
local group, id, order, attempt = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local unanswered, looks, pause = ARGV[5], ARGV[6], ARGV[7]

local now = redis.call('HMGET', payment_key, 'status', 'unanswered')
local status, noted = now[1], tonumber(string.match(now[2] or '', '^%d+')) or 0
if redis.call('XACK', delivered, group, id) == 0 then
  return { 'STALE' }
end
if status ~= 'open' and status ~= 'failed' then
  return { 'LATE', status or 'none' }
end
-- A later charge that was recorded meanwhile is the one to repeat, and its poll is not delayed.
if noted > attempt then
  redis.call('ZADD', delayed, 'LT', due_in(pause), 'PaymentPoll:' .. order)
else
  redis.call('HSET', payment_key, 'looks', looks)
  redis.call('HDEL', payment_key, 'unanswered')
  if unanswered ~= '' then
    redis.call('HSET', payment_key, 'unanswered', unanswered)
  end
  redis.call('ZADD', delayed, due_in(pause), 'PaymentPoll:' .. order)
end
return { 'CHARGING' }
