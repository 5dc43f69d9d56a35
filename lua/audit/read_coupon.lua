--- @include stream_position
-- Reads a coupon's counters beside those holds of it that may change. A script, because a hold and its
-- counter change together and must be seen together.
--
-- KEYS[1] sw:{p}:promotion:coupon:<code>   HASH
-- KEYS[2] sw:{p}:promotions:held           STREAM
-- KEYS[3..] sw:{p}:promotion:hold:<order>  HASH
--
-- Returns {"READ", last id, held, uses, limit, states}  nothing written; uses is nil for a coupon
--                                                       without counters
-- Complexity: O(holds), at most 2000.
local last = stream_position(KEYS[2])
local counters = redis.call('HMGET', KEYS[1], 'held', 'uses', 'limit')
local states = {}
for i = 3, #KEYS do
  states[i - 2] = redis.call('HGET', KEYS[i], 'state')
end
return { 'READ', last, counters[1], counters[2], counters[3], states }
