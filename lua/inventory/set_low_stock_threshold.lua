-- Sets or removes the low-stock threshold of a product. A script, because it is stored beside figures
-- that other scripts write.
--
-- KEYS[1] sw:{p}:inventory:stock:<product>  HASH
-- ARGV[1] threshold string  units, or "" for none
--
-- Returns {"SET"}  written
-- Complexity: O(1).
local stock = KEYS[1]
local threshold = ARGV[1]

if (redis.call('HGET', stock, 'lowStock') or '') ~= threshold then
  -- What was reported was low by another threshold.
  redis.call('HDEL', stock, 'low')
end
if threshold == '' then
  redis.call('HDEL', stock, 'lowStock')
else
  redis.call('HSET', stock, 'lowStock', threshold)
end
return { 'SET' }
