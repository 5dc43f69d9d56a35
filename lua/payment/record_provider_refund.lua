--- @include emit
-- Records that the provider refunded a payment. A script, so that the event is emitted once.
--
-- KEYS[1] sw:{p}:<topic>                 STREAM  the delivery's
-- KEYS[2] sw:{p}:payment:intent:<order>  HASH
-- KEYS[3] sw:{p}:payments                prefix
-- ARGV[1] group, ARGV[2] entry id, ARGV[3] event id, ARGV[4] at, ARGV[5] tp
-- ARGV[6] order   string
-- ARGV[7] refund  string  the provider's id
-- ARGV[8] refunded  minor units
-- ARGV[9] event   bytes   PaymentRefunded, packed
--
-- Returns {"REFUNDED"}      written
--         {"LATE", status}  settled, nothing else written: nothing to refund
--         {"STALE"}         nothing written: settled before
-- Complexity: O(1).
local delivered, payment_key, payments = KEYS[1], KEYS[2], KEYS[3]
local group, id, event, at, tp, order = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local refund, refunded, message = ARGV[7], ARGV[8], ARGV[9]

local status = redis.call('HGET', payment_key, 'status')
if redis.call('XACK', delivered, group, id) == 0 then
  return { 'STALE' }
end
if status ~= 'succeeded' then
  return { 'LATE', status or 'none' }
end
redis.call('HSET', payment_key, 'status', 'refunded', 'refund', refund, 'refunded', refunded)
emit(payments .. ':refunded', 'PaymentRefunded', order, event, at, tp, message)
return { 'REFUNDED' }
