--- @include emit
--- @include report_low_stock
-- Ends the reservation of an order: its units are sold, or available again - even sold ones, when the
-- order is refunded. A script, so that no interleaving ends it twice.
--
-- KEYS[1] sw:{p}:<topic>                         STREAM  the delivery's
-- KEYS[2] sw:{p}:inventory:reservation:<order>   HASH
-- KEYS[3] sw:{p}:inventory                       prefix
-- KEYS[4..] sw:{p}:inventory:stock:<product>     HASH    one per line
-- ARGV[1] group, ARGV[2] entry id, ARGV[3] event id, ARGV[4] at, ARGV[5] tp
-- ARGV[6] order  string
-- ARGV[7] ending string  "sold", "returned", or "refunded": returned even when sold
-- ARGV[8] low stock int  units at or below which the stock of a product without a threshold is low; "" for never
-- ARGV[9..] lines  product string, quantity int: per line, in the order of KEYS[4..]
--
-- Returns {"ENDED"}         written
--         {"NONE"}          written: only a mark that refuses a late reservation
--         {"LATE", state}   settled, nothing else written: ended before
--         {"STALE"}         nothing written: settled before
-- Complexity: O(lines), at most 100.
local delivered, reservation, inventory = KEYS[1], KEYS[2], KEYS[3]
local group, id, event, at, tp, order, ending = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local low_stock = ARGV[8]
local cause = ending == 'refunded' and 'returned' or ending

local state = redis.call('HGET', reservation, 'state')
if redis.call('XACK', delivered, group, id) == 0 then
  return { 'STALE' }
end
if not state then
  redis.call('HSET', reservation, 'state', 'returned')
  return { 'NONE' }
end
if state ~= 'held' and not (state == 'sold' and ending == 'refunded') then
  return { 'LATE', state }
end

local levels, changes, marks = {}, {}, {}
for i = 4, #KEYS do
  local product, quantity = ARGV[i * 2 + 1], tonumber(ARGV[i * 2 + 2])
  local stock = redis.call('HMGET', KEYS[i], 'available', 'reserved', 'sold', 'revision', 'lowStock', 'low')
  local available, reserved, sold = tonumber(stock[1]), tonumber(stock[2]), tonumber(stock[3] or '0')
  local revision = tonumber(stock[4] or '0') + 1
  -- Each byte that is written stays in the append-only file, so only what changes is written.
  local from, to
  if state == 'sold' then
    sold = sold - quantity
    from = { 'sold', sold }
  else
    reserved = reserved - quantity
    from = { 'reserved', reserved }
  end
  if cause == 'sold' then
    sold = sold + quantity
    to = { 'sold', sold }
  else
    available = available + quantity
    to = { 'available', available }
  end
  changes[i] = { 'revision', revision, from[1], from[2], to[1], to[2] }
  marks[i] = { stock[5], stock[6] }
  levels[#levels + 1] = { productId = product, available = available, reserved = reserved, sold = sold,
    revision = revision }
end
-- Nothing is written before every line was read: a broken ledger must not be half changed.
for i = 4, #KEYS do
  redis.call('HSET', KEYS[i], unpack(changes[i]))
  report_low_stock(KEYS[i], inventory, levels[i - 3], marks[i][1], marks[i][2], low_stock, event, at, tp)
end
redis.call('HSET', reservation, 'state', cause)
local message = cmsgpack.pack({ orderId = order, cause = cause, levels = levels })
emit(inventory .. ':updated', 'InventoryUpdated', order, event, at, tp, message)
return { 'ENDED' }
