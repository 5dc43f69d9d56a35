-- Keeps the answer to a claimed request, or gives the key back. A script, so that a process whose lease
-- was over does not write over the one that came after it.
--
-- KEYS[1] sw:{p}:edge:once:<digest of principal, method, path and key>  HASH
-- ARGV[1] owner     string   who claimed it
-- ARGV[2] life      ms       how long the answer is kept; 0 gives the key back
-- ARGV[3] status    integer
-- ARGV[4] type      string   media type of the body
-- ARGV[5] location  string   or ""
-- ARGV[6] body      bytes
--
-- Returns {"KEPT"}   written
--         {"FREED"}  written: the key is nobody's
--         {"LOST"}   nothing written: the claim was void
-- Complexity: O(size of the body).
local once = KEYS[1]
local owner, life = ARGV[1], tonumber(ARGV[2])
local status, kind, location, body = ARGV[3], ARGV[4], ARGV[5], ARGV[6]

if redis.call('HGET', once, 'owner') ~= owner then
  return { 'LOST' }
end
if life == 0 then
  redis.call('DEL', once)
  return { 'FREED' }
end
redis.call('HSET', once, 'status', status, 'type', kind, 'location', location, 'body', body)
redis.call('PEXPIRE', once, life)
return { 'KEPT' }
