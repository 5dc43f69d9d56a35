--- @include stream_position
-- Sets a coupon's counters to the numbers of its holds. A script, because it must not undo a hold
-- that is made or ended meanwhile: each of those changes a counter or adds to the stream.
--
-- KEYS[1] sw:{p}:promotion:coupon:<code>  HASH    its terms and counters
-- KEYS[2] sw:{p}:promotions:held          STREAM
-- KEYS[3] sw:{p}:audit:repairs            STREAM
-- ARGV[1] position  string  the stream's last id when the holds were counted
-- ARGV[2] seen held, ARGV[3] seen uses  the counters then; "" when absent
-- ARGV[4] held, ARGV[5] uses  the numbers of the holds
-- ARGV[6] at
-- ARGV[7] by        string  actor
-- ARGV[8] only      string  "look" writes nothing
--
-- Returns {"WRITTEN", before, after}  written; a coupon that was gone stays removed
--         {"LOOKED", before, after}   nothing written: the proposed values
--         {"MOVED"}                   nothing written: the state changed since it was read
-- Complexity: O(1).
local coupon, holds, repairs = KEYS[1], KEYS[2], KEYS[3]
local seen, seen_held, seen_uses, held, uses = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local at, by, only = ARGV[6], ARGV[7], ARGV[8]

local now = redis.call('HMGET', coupon, 'held', 'uses')
if stream_position(holds) ~= seen or (now[1] or '') ~= seen_held or (now[2] or '') ~= seen_uses then
  return { 'MOVED' }
end
local before = 'held ' .. (now[1] or 'absent') .. ', uses ' .. (now[2] or 'absent')
local after = 'held ' .. held .. ', uses ' .. uses
if only == 'look' then
  return { 'LOOKED', before, after }
end
if redis.call('EXISTS', coupon) == 0 then
  redis.call('HSET', coupon, 'removed', 1)
end
redis.call('HSET', coupon, 'held', held, 'uses', uses)
redis.call('XADD', repairs, '*', 'at', at, 'by', by, 'rule', '3', 'key', coupon, 'before', before, 'after', after)
return { 'WRITTEN', before, after }
