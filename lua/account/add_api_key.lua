-- Enters an API key into its owner's list. A script, so that the list stays bounded.
--
-- KEYS[1] sw:{p}:account:keys:<customer>  ZSET  key ids by creation
-- ARGV[1] key   string
-- ARGV[2] now   Unix ms
-- ARGV[3] most  integer  keys of one owner
--
-- Returns {"LISTED"}  written
--         {"FULL"}    nothing written
-- Complexity: O(log keys).
local keys, key, now, most = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])

if redis.call('ZCARD', keys) >= most then
  return { 'FULL' }
end
redis.call('ZADD', keys, now, key)
return { 'LISTED' }
