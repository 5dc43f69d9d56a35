-- Confirms the order: reserved units become sold. Keys, arguments and replies are those of create.lua.
if redis.call('HINCRBY', KEYS[1], 'confirm', 1) > 1 then
  return { 'REPEATED' }
end
for i = 5, 6 do
  redis.call('HINCRBY', KEYS[i], 'reserved', -1)
  redis.call('HINCRBY', KEYS[i], 'sold', 1)
end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'state', 'confirmed', 'confirmed', time[1] * 1000000 + time[2])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('INCR', KEYS[7])
return { 'DONE' }
