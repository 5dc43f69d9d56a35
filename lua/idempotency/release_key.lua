-- Releases a claimed idempotency key, so that the next request under it runs. A script, so that a process
-- whose lease has expired does not release the claim of its successor.
--
-- KEYS[1] sw:{p}:edge:once:<digest of principal, method, path and key>  HASH
-- ARGV[1] owner  string  process that claimed the key
--
-- Returns {"RELEASED"}  written: the key is deleted
--         {"LOST"}      nothing written: the claim has expired
-- Complexity: O(1).
local once = KEYS[1]
local owner = ARGV[1]

if redis.call('HGET', once, 'owner') ~= owner then
  return { 'LOST' }
end
redis.call('DEL', once)
return { 'RELEASED' }
