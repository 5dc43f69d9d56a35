--- @include emit
-- Holds the coupon of an order, or refuses it with a reason. A script, because checking and changing the
-- counters must be one step: two orders must not both get the last use.
--
-- KEYS[1] sw:{p}:<topic>                        STREAM  the delivery's
-- KEYS[2] sw:{p}:promotion:hold:<order>         HASH
-- KEYS[3] sw:{p}:promotion:coupon:<code>        HASH    its terms and counters
-- KEYS[4] sw:{p}:promotion:customer:<customer>  HASH    code -> the customer's uses and holds
-- KEYS[5] sw:{p}:promotions                     prefix
-- ARGV[1] group, ARGV[2] entry id, ARGV[3] event id, ARGV[4] at, ARGV[5] tp
-- ARGV[6] order     string
-- ARGV[7] code      string
-- ARGV[8] placed    Unix ms  time of the order, not of this step
-- ARGV[9] subtotal  minor units
-- ARGV[10] currency string
--
-- Returns {"HELD"}             written
--         {"REJECTED"}         written: only the answer, no counter
--         {"LATE", state}      settled, nothing else written: held before, or returned already
--         {"STALE"}            nothing written: settled before
-- Complexity: O(1).
local delivered, hold, coupon, customer, promotions = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local group, id, event, at, tp = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local order, code, placed, subtotal, currency = ARGV[6], ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9]), ARGV[10]

local state = redis.call('HGET', hold, 'state')
local percent, amount, only, minimum, from, till = unpack(redis.call('HMGET', coupon,
  'percent', 'amount', 'currency', 'minimum', 'from', 'until'))
local active, removed, limit, per_customer, uses, held = unpack(redis.call('HMGET', coupon,
  'active', 'removed', 'limit', 'perCustomer', 'uses', 'held'))
local taken = tonumber(redis.call('HGET', customer, code) or '0')
local all = tonumber(uses or '0') + tonumber(held or '0')

local refusal
if removed or not active then
  refusal = 'unknown'
elseif active == '0' then
  refusal = 'inactive'
elseif from and placed < tonumber(from) then
  refusal = 'notYetValid'
elseif till and placed > tonumber(till) then
  refusal = 'expired'
elseif only and only ~= currency then
  refusal = 'wrongCurrency'
elseif minimum and subtotal < tonumber(minimum) then
  refusal = 'minimumNotReached'
elseif limit and all >= tonumber(limit) then
  refusal = 'usedUp'
elseif per_customer and taken >= tonumber(per_customer) then
  refusal = 'usedUpByCustomer'
end

if redis.call('XACK', delivered, group, id) == 0 then
  return { 'STALE' }
end
if state then
  return { 'LATE', state }
end
if refusal then
  local message = cmsgpack.pack({ orderId = order, code = code, reason = refusal })
  emit(promotions .. ':rejected', 'CouponRejected', order, event, at, tp, message)
  return { 'REJECTED' }
end

local discount
if percent then
  -- Hundreds and the rest apart: a subtotal times a percentage may be too large to be exact.
  local rest = math.fmod(subtotal, 100)
  discount = (subtotal - rest) / 100 * percent + math.floor(rest * percent / 100)
else
  discount = math.min(tonumber(amount), subtotal)
end
redis.call('HINCRBY', coupon, 'held', 1)
redis.call('HINCRBY', customer, code, 1)
redis.call('HSET', hold, 'state', 'held', 'code', code, 'discount', discount)
local message = cmsgpack.pack({
  orderId = order,
  code = code,
  discount = { amount = discount, currency = currency },
})
emit(promotions .. ':held', 'CouponHeld', order, event, at, tp, message)
return { 'HELD' }
