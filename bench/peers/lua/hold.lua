-- Reserves all lines of an order or none, as the shop's lua/inventory/reserve_stock.lua does, without its event.
--
-- KEYS[1] reservation:<order>   HASH
-- KEYS[2..] stock:<product>     HASH  one per line
-- ARGV[1..] quantity            int   per line, in the order of KEYS[2..]
--
-- Returns {"RESERVED"} written, {"REJECTED"} nothing written, {"LATE"} nothing written: reserved before.
if redis.call('HGET', KEYS[1], 'state') then
  return { 'LATE' }
end
local levels, lines = {}, {}
for i = 2, #KEYS do
  local quantity = tonumber(ARGV[i - 1])
  local stock = redis.call('HMGET', KEYS[i], 'available', 'reserved')
  local available = tonumber(stock[1] or '0')
  if available < quantity then
    return { 'REJECTED' }
  end
  levels[i] = { available - quantity, tonumber(stock[2] or '0') + quantity }
  lines[#lines + 1] = KEYS[i] .. '=' .. quantity
end
for i = 2, #KEYS do
  redis.call('HSET', KEYS[i], 'available', levels[i][1], 'reserved', levels[i][2])
end
redis.call('HSET', KEYS[1], 'state', 'held', 'lines', table.concat(lines, ' '))
return { 'RESERVED' }
