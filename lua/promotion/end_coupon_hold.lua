-- Ends the hold of an order's coupon: the coupon is used, or available again - even a used one, when the
-- order is refunded. A script, so that no interleaving ends it twice.
--
-- KEYS[1] sw:{p}:<topic>                        STREAM  the delivery's
-- KEYS[2] sw:{p}:promotion:hold:<order>         HASH
-- KEYS[3] sw:{p}:promotion:coupon:<code>        HASH    its terms and counters
-- KEYS[4] sw:{p}:promotion:customer:<customer>  HASH    code -> the customer's uses and holds
-- ARGV[1] group, ARGV[2] entry id
-- ARGV[3] code    string
-- ARGV[4] ending  string  "redeemed", "returned", or "refunded": returned even when redeemed
--
-- Returns {"ENDED"}        written
--         {"NONE"}         written: only a mark that refuses a late hold
--         {"LATE", state}  settled, nothing else written: ended before
--         {"STALE"}        nothing written: settled before
-- Complexity: O(1).
local delivered, hold, coupon, customer = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, id, code, ending = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local mark = ending == 'refunded' and 'returned' or ending

local state = redis.call('HGET', hold, 'state')
if redis.call('XACK', delivered, group, id) == 0 then
  return { 'STALE' }
end
if not state then
  redis.call('HSET', hold, 'state', 'returned')
  return { 'NONE' }
end
if state ~= 'held' and not (state == 'redeemed' and ending == 'refunded') then
  return { 'LATE', state }
end

redis.call('HINCRBY', coupon, state == 'held' and 'held' or 'uses', -1)
if mark == 'redeemed' then
  redis.call('HINCRBY', coupon, 'uses', 1)
elseif redis.call('HINCRBY', customer, code, -1) == 0 then
  redis.call('HDEL', customer, code)
end
redis.call('HSET', hold, 'state', mark)
return { 'ENDED' }
