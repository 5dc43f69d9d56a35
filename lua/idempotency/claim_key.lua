-- Claims an idempotency key for a request, or returns the state of the first request under it. A script,
-- so that only one of two concurrent requests runs.
--
-- KEYS[1] sw:{p}:edge:once:<digest of principal, method, path and key>  HASH
-- ARGV[1] fingerprint  string  digest of the request
-- ARGV[2] owner        string  process that claims it
-- ARGV[3] lease        ms      validity of a claim without a response
--
-- Returns {"CLAIMED"}                                written
--         {"DONE", status, type, location, body}     nothing written: the first one's answer
--         {"RUNNING", ms}                            nothing written: its lease ends in so long
--         {"MISMATCH"}                               nothing written: the key is another request's
-- Complexity: O(1).
local once = KEYS[1]
local fingerprint, owner, lease = ARGV[1], ARGV[2], ARGV[3]

local theirs, status = unpack(redis.call('HMGET', once, 'fingerprint', 'status'))
if not theirs then
  redis.call('HSET', once, 'fingerprint', fingerprint, 'owner', owner)
  redis.call('PEXPIRE', once, lease)
  return { 'CLAIMED' }
end
if theirs ~= fingerprint then
  return { 'MISMATCH' }
end
if not status then
  return { 'RUNNING', redis.call('PTTL', once) }
end
local kind, location, body = unpack(redis.call('HMGET', once, 'type', 'location', 'body'))
return { 'DONE', status, kind, location, body }
