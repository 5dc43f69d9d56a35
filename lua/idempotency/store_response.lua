-- Stores the response to a claimed request. A script, so that a process whose lease has expired does not
-- overwrite the claim of its successor.
--
-- KEYS[1] sw:{p}:edge:once:<digest of principal, method, path and key>  HASH
-- ARGV[1] owner     string   process that claimed the key
-- ARGV[2] ttl       ms       retention of the response
-- ARGV[3] status    integer  HTTP status
-- ARGV[4] kind      string   media type of the body
-- ARGV[5] location  string   or ""
-- ARGV[6] body      bytes
--
-- Returns {"STORED"}  written
--         {"LOST"}    nothing written: the claim has expired
-- Complexity: O(size of the body).
local once = KEYS[1]
local owner, ttl = ARGV[1], ARGV[2]
local status, kind, location, body = ARGV[3], ARGV[4], ARGV[5], ARGV[6]

if redis.call('HGET', once, 'owner') ~= owner then
  return { 'LOST' }
end
redis.call('HSET', once, 'status', status, 'type', kind, 'location', location, 'body', body)
redis.call('PEXPIRE', once, ttl)
return { 'STORED' }
