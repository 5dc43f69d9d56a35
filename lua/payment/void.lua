-- The order ended unpaid and the provider was told. A script, because a charge may have succeeded
-- meanwhile.
--
-- KEYS[1] sw:{p}:orders                  STREAM
-- KEYS[2] sw:{p}:payment:intent:<order>  HASH
-- ARGV[1] group, ARGV[2] entry id
-- ARGV[3] payment string
--
-- Returns {"VOIDED"}        written; when no payment was open, a mark that keeps a late one out
--         {"LATE", status}  settled, nothing else written
--         {"STALE"}         nothing written: settled before
-- Complexity: O(1).
local delivered, payment_key = KEYS[1], KEYS[2]
local group, id, payment = ARGV[1], ARGV[2], ARGV[3]

local status = redis.call('HGET', payment_key, 'status')
if redis.call('XACK', delivered, group, id) == 0 then
  return { 'STALE' }
end
if status and status ~= 'open' and status ~= 'failed' then
  return { 'LATE', status }
end
redis.call('HSET', payment_key, 'status', 'voided', 'payment', payment)
return { 'VOIDED' }
