--- @include due_in
-- Records a poll that found the payment still open, and schedules the next one, later each time, until
-- the polls are used up. A script, so that no poll is lost, and so that only the answered charge is
-- cleared: another one may have been recorded since the poll.
--
-- KEYS[1] sw:{p}:payment:inbox           STREAM
-- KEYS[2] sw:{p}:payment:intent:<order>  HASH
-- KEYS[3] sw:{p}:payment:delayed         ZSET
-- ARGV[1] group, ARGV[2] entry id
-- ARGV[3] order      string
-- ARGV[4] answered   string  "<attempt> <method>" of a charge that was unanswered until now, or ""
-- ARGV[5] pause      ms      until the next poll; 0: no more
--
-- Returns {"WAITING"}       written
--         {"GIVEN_UP"}      written: the count and the answered charge; no more polls
--         {"LATE", status}  settled, nothing else written: the payment has ended
--         {"STALE"}         nothing written: settled before
-- Complexity: O(log timers).
local delivered, payment_key, delayed = KEYS[1], KEYS[2], KEYS[3]
local group, id, order, answered, pause = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])

local now = redis.call('HMGET', payment_key, 'status', 'unanswered')
local status, unanswered = now[1], now[2]
if redis.call('XACK', delivered, group, id) == 0 then
  return { 'STALE' }
end
if status ~= 'open' and status ~= 'failed' and status ~= 'voided' then
  return { 'LATE', status or 'none' }
end
redis.call('HINCRBY', payment_key, 'looks', 1)
if unanswered == answered or status == 'voided' then
  redis.call('HDEL', payment_key, 'unanswered')
end
if pause == 0 then
  return { 'GIVEN_UP' }
end
-- A charge begun meanwhile is polled sooner, and keeps its time.
redis.call('ZADD', delayed, 'LT', due_in(pause), 'PaymentPoll:' .. order)
return { 'WAITING' }
