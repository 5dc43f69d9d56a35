-- Switches a coupon on or off. A script, so that a removed coupon is not recreated.
--
-- KEYS[1] sw:{p}:promotion:coupon:<code>  HASH  its terms and counters
-- ARGV[1] active  "1" or "0"
--
-- Returns {"SET"}       written
--         {"UNKNOWN"}   nothing written
-- Complexity: O(1).
local coupon, active = KEYS[1], ARGV[1]

if redis.call('HEXISTS', coupon, 'removed') == 1 or redis.call('EXISTS', coupon) == 0 then
  return { 'UNKNOWN' }
end
redis.call('HSET', coupon, 'active', active)
return { 'SET' }
