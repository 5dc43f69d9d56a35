-- Creates an account for an unused mail address. A script, so that two registrations at the same moment
-- make one account.
--
-- KEYS[1] sw:{p}:account:user:<digest of the mail address>  HASH
-- ARGV[1..] fields  name string, value string: per field of the hash
--
-- Returns {"REGISTERED"}  written
--         {"TAKEN"}       nothing written
-- Complexity: O(fields).
local user = KEYS[1]

if redis.call('EXISTS', user) == 1 then
  return { 'TAKEN' }
end
redis.call('HSET', user, unpack(ARGV))
return { 'REGISTERED' }
