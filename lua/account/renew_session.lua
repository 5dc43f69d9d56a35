-- Extends a session in use. A script, so that a session that was closed meanwhile is not recreated.
--
-- KEYS[1] sw:{p}:account:session:<digest of the token>  HASH
-- ARGV[1] now   Unix ms
-- ARGV[2] left  ms       from now
--
-- Returns {"RENEWED"}  written
--         {"GONE"}     nothing written
-- Complexity: O(1).
local session, now, left = KEYS[1], ARGV[1], ARGV[2]

if redis.call('EXISTS', session) == 0 then
  return { 'GONE' }
end
redis.call('HSET', session, 'seen', now)
redis.call('PEXPIRE', session, left)
return { 'RENEWED' }
