-- Takes one unit of both products or none. Keys, arguments and replies are those of create.lua; an order
-- without stock is "rejected".
if redis.call('HINCRBY', KEYS[1], 'reserve', 1) > 1 then
  return { 'REPEATED' }
end
local levels = {}
for i = 5, 6 do
  local stock = redis.call('HMGET', KEYS[i], 'available', 'reserved')
  local available = tonumber(stock[1] or '0')
  if available < 1 then
    redis.call('HSET', KEYS[1], 'state', 'rejected')
    return { 'DONE' }
  end
  levels[i] = { available - 1, tonumber(stock[2] or '0') + 1 }
end
for i = 5, 6 do
  redis.call('HSET', KEYS[i], 'available', levels[i][1], 'reserved', levels[i][2])
end
redis.call('HSET', KEYS[1], 'state', 'reserved')
return { 'DONE' }
