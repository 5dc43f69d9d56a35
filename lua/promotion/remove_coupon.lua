-- Removes a coupon: no further order may use it; orders that hold it keep it. A script, because an order
-- may hold it at the same moment.
--
-- KEYS[1] sw:{p}:promotion:coupon:<code>  HASH  its terms and counters
-- KEYS[2] sw:{p}:promotion:coupons        ZSET  every code, all scores 0
-- ARGV[1] code  string
--
-- Returns {"REMOVED"}  written: a used coupon is kept for its counters
--         {"UNKNOWN"}  nothing written
-- Complexity: O(log coupons).
local coupon, coupons, code = KEYS[1], KEYS[2], ARGV[1]

local uses, held, removed = unpack(redis.call('HMGET', coupon, 'uses', 'held', 'removed'))
if removed or redis.call('EXISTS', coupon) == 0 then
  return { 'UNKNOWN' }
end
redis.call('ZREM', coupons, code)
if tonumber(uses or '0') + tonumber(held or '0') > 0 then
  redis.call('HSET', coupon, 'removed', 1)
else
  redis.call('DEL', coupon)
end
return { 'REMOVED' }
