-- Enters a new session into its account's list. A script, so that a password that is changed at the
-- same moment either ends this session or keeps it from being entered.
--
-- KEYS[1] sw:{p}:account:user:<digest of the mail address>      HASH
-- KEYS[2] sw:{p}:account:sessions:<digest of the mail address>  ZSET  session digests by their end
-- ARGV[1] password  string   the hash that the login was checked against
-- ARGV[2] session   string   digest of its token
-- ARGV[3] ends      Unix ms  latest end
-- ARGV[4] now       Unix ms
-- ARGV[5] most      integer  sessions of one account
--
-- Returns {"ADMITTED", digests}  written: these sessions make room and must be closed
--         {"STALE"}              nothing written: the password was changed meanwhile
-- Complexity: O(closed sessions + log sessions).
local user, sessions = KEYS[1], KEYS[2]
local password, session, ends, now, most = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])

if redis.call('HGET', user, 'password') ~= password then
  return { 'STALE' }
end
redis.call('ZREMRANGEBYSCORE', sessions, '-inf', now)
redis.call('ZADD', sessions, ends, session)
local over = redis.call('ZRANGE', sessions, 0, -1 - most)
if #over > 0 then
  redis.call('ZREM', sessions, unpack(over))
end
local last = redis.call('ZRANGE', sessions, -1, -1, 'WITHSCORES')
redis.call('PEXPIREAT', sessions, last[2])
return { 'ADMITTED', over }
