-- Adds a coupon. A script, so that a code is used once, and the list is complete.
--
-- KEYS[1] sw:{p}:promotion:coupon:<code>  HASH  its terms and counters
-- KEYS[2] sw:{p}:promotion:coupons        ZSET  every code, all scores 0
-- ARGV[1] code  string
-- ARGV[2..] fields  name string, value string: per field of the hash
--
-- Returns {"ADDED"}   written
--         {"EXISTS"}  nothing written: the code is in use, or was used by a removed coupon
-- Complexity: O(fields + log coupons).
local coupon, coupons, code = KEYS[1], KEYS[2], ARGV[1]

if redis.call('EXISTS', coupon) == 1 then
  return { 'EXISTS' }
end
for i = 2, #ARGV, 2 do
  redis.call('HSET', coupon, ARGV[i], ARGV[i + 1])
end
redis.call('ZADD', coupons, 0, code)
return { 'ADDED' }
