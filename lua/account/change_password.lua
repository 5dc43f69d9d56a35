-- Changes a password. A script, so that of two changes at once one wins, and every session opened with
-- the old password is either listed here or refused by account/admit_session.
--
-- KEYS[1] sw:{p}:account:user:<digest of the mail address>      HASH
-- KEYS[2] sw:{p}:account:sessions:<digest of the mail address>  ZSET  session digests by their end
-- ARGV[1] old  string  the replaced hash
-- ARGV[2] new  string
--
-- Returns {"CHANGED", digests}  written: the open sessions, which the caller must close
--         {"STALE"}             nothing written: the password changed meanwhile
-- Complexity: O(sessions).
local user, sessions = KEYS[1], KEYS[2]
local old, new = ARGV[1], ARGV[2]

if redis.call('HGET', user, 'password') ~= old then
  return { 'STALE' }
end
redis.call('HSET', user, 'password', new)
return { 'CHANGED', redis.call('ZRANGE', sessions, 0, -1) }
