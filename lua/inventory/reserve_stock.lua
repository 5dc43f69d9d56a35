--- @include emit
-- Reserves all lines of an order or none. A script, because checking the stock and taking from it must be
-- one step over all products of the order.
--
-- KEYS[1] sw:{p}:<topic>                         STREAM  the delivery's
-- KEYS[2] sw:{p}:inventory:reservation:<order>   HASH
-- KEYS[3] sw:{p}:inventory                       prefix
-- KEYS[4..] sw:{p}:inventory:stock:<product>     HASH    one per line
-- ARGV[1] group, ARGV[2] entry id, ARGV[3] event id, ARGV[4] at, ARGV[5] tp
-- ARGV[6] order  string
-- ARGV[7..] lines  product string, quantity int: per line, in the order of KEYS[4..]
--
-- Returns {"RESERVED"}       written
--         {"REJECTED"}       written: only the answer, no stock
--         {"LATE", state}    settled, nothing else written: reserved before, or returned already
--         {"STALE"}          nothing written: settled before
-- Complexity: O(lines), at most 100.
local delivered, reservation, inventory = KEYS[1], KEYS[2], KEYS[3]
local group, id, event, at, tp, order = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

local state = redis.call('HGET', reservation, 'state')
local shortages, levels, lines = {}, {}, {}
if not state then
  for i = 4, #KEYS do
    local product, quantity = ARGV[i * 2 - 1], tonumber(ARGV[i * 2])
    local stock = redis.call('HMGET', KEYS[i], 'available', 'reserved', 'sold', 'revision')
    local available, held, sold = tonumber(stock[1] or '0'), tonumber(stock[2] or '0'), tonumber(stock[3] or '0')
    if available < quantity then
      shortages[#shortages + 1] = { productId = product, requested = quantity, available = available }
    end
    levels[#levels + 1] = { productId = product, available = available - quantity, reserved = held + quantity, sold = sold,
      revision = tonumber(stock[4] or '0') + 1 }
    lines[#lines + 1] = product .. '=' .. quantity
  end
end

if redis.call('XACK', delivered, group, id) == 0 then
  return { 'STALE' }
end
if state then
  return { 'LATE', state }
end
if #shortages > 0 then
  local message = cmsgpack.pack({ orderId = order, shortages = shortages })
  emit(inventory .. ':rejected', 'InventoryRejected', order, event, at, tp, message)
  return { 'REJECTED' }
end
for i, level in ipairs(levels) do
  redis.call('HSET', KEYS[i + 3], 'available', level.available, 'reserved', level.reserved, 'revision', level.revision)
end
redis.call('HSET', reservation, 'state', 'held', 'lines', table.concat(lines, ' '))
emit(inventory .. ':reserved', 'InventoryReserved', order, event, at, tp, cmsgpack.pack({ orderId = order, levels = levels }))
return { 'RESERVED' }
