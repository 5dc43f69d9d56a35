--- @include emit
--- @include stream_position
-- Puts the ledger of a product right: reserved and sold become what the reservations say, and what then
-- does not add up leaves the books. A script, because it must not undo a step that happens meanwhile.
--
-- Units are never made up: what can be sold grows only by units that the ledger moves back from
-- reserved or sold; units that nothing accounts for are written off, and units on the shelf beyond what
-- was received are taken off it.
--
-- KEYS[1] sw:{p}:inventory                  STREAM
-- KEYS[2] sw:{p}:inventory:stock:<product>  HASH
-- KEYS[3] sw:{p}:audit:repairs              STREAM
-- ARGV[1] position  string  the stream's last id when the reservations were added up
-- ARGV[2] reserved  int     what they say
-- ARGV[3] sold      int     what they say
-- ARGV[4] event id, ARGV[5] at, ARGV[6] tp
-- ARGV[7] product   string
-- ARGV[8] by        string  who repairs
-- ARGV[9] only      string  "look" writes nothing
--
-- Returns {"WRITTEN", before, after}  written
--         {"LOOKED", before, after}   nothing written: that is what would be
--         {"MOVED"}                   nothing written: the reservations have changed since
--         {"SOUND"}                   nothing written: it is right
--         {"SHORT", units}            nothing written: so many more are promised or sold than there were
-- Complexity: O(1).
local inventory, stock_key, repairs = KEYS[1], KEYS[2], KEYS[3]
local seen, reserved, sold = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local event, at, tp, product, by, only = ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9]

if stream_position(inventory) ~= seen then
  return { 'MOVED' }
end
local names = { 'received', 'available', 'reserved', 'sold', 'transferredIn', 'transferredOut' }
local old = redis.call('HMGET', stock_key, unpack(names))
for i = 1, 6 do
  old[i] = tonumber(old[i] or '0')
end
local received, moved = old[1], old[5] - old[6]
-- The shelf once misplaced units are back, and what the books leave for it.
local shelf = old[2] + old[3] + old[4] - reserved - sold
local room = received + moved - reserved - sold
local available = math.min(shelf, room)
if available < 0 then
  return { 'SHORT', -available }
end
if shelf < room then
  received = available + reserved + sold - moved
end
if received == old[1] and available == old[2] and reserved == old[3] and sold == old[4] then
  return { 'SOUND' }
end
local words = 'received %d, available %d, reserved %d, sold %d'
local before = string.format(words, old[1], old[2], old[3], old[4])
local after = string.format(words, received, available, reserved, sold)
if only == 'look' then
  return { 'LOOKED', before, after }
end
redis.call('HSET', stock_key, 'received', received, 'available', available, 'reserved', reserved, 'sold', sold)
local level = { productId = product, available = available, reserved = reserved, sold = sold }
emit(inventory, 'InventoryUpdated', product, event, at, tp, cmsgpack.pack({ cause = 'adjusted', levels = { level } }))
redis.call('XADD', repairs, '*', 'at', at, 'by', by, 'rule', '1', 'key', stock_key, 'before', before, 'after', after)
return { 'WRITTEN', before, after }
