--- @include emit
--- @include stream_position
-- Corrects the ledger of a product: reserved and sold become the sums of the reservations, and units that
-- then do not add up are written off. A script, because it must not undo a step that happens meanwhile.
--
-- Units are never invented: the available stock grows only by units that the ledger moves back from
-- reserved or sold; unaccounted units are written off, and so are units beyond those received.
--
-- KEYS[1] sw:{p}:inventory                  prefix
-- KEYS[2] sw:{p}:inventory:stock:<product>  HASH
-- KEYS[3] sw:{p}:audit:repairs              STREAM
-- ARGV[1] position  string  last ids of the topics `reserved` and `updated` when the reservations were summed
-- ARGV[2] reserved  int     their sum
-- ARGV[3] sold      int     their sum
-- ARGV[4] event id, ARGV[5] at, ARGV[6] tp
-- ARGV[7] product   string
-- ARGV[8] by        string  actor
-- ARGV[9] only      string  "look" writes nothing
--
-- Returns {"WRITTEN", before, after}  written
--         {"LOOKED", before, after}   nothing written: the proposed values
--         {"MOVED"}                   nothing written: the reservations have changed since
--         {"SOUND"}                   nothing written: the ledger is correct
--         {"SHORT", units}            nothing written: this many more are reserved or sold than were received
-- Complexity: O(1).
local inventory, stock_key, repairs = KEYS[1], KEYS[2], KEYS[3]
local seen, reserved, sold = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local event, at, tp, product, by, only = ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9]

if stream_position(inventory .. ':reserved') .. ' ' .. stream_position(inventory .. ':updated') ~= seen then
  return { 'MOVED' }
end
local names = { 'received', 'available', 'reserved', 'sold', 'transferredIn', 'transferredOut' }
local old = redis.call('HMGET', stock_key, unpack(names))
local revision = tonumber(redis.call('HGET', stock_key, 'revision') or '0') + 1
for i = 1, 6 do
  old[i] = tonumber(old[i] or '0')
end
local received, moved = old[1], old[5] - old[6]
-- The available units once misplaced ones are back, and those that the ledger allows.
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
redis.call('HSET', stock_key, 'received', received, 'available', available, 'reserved', reserved, 'sold', sold,
  'revision', revision)
redis.call('HDEL', stock_key, 'low')
local level = { productId = product, available = available, reserved = reserved, sold = sold, revision = revision }
emit(inventory .. ':updated', 'InventoryUpdated', product, event, at, tp, cmsgpack.pack({ cause = 'adjusted', levels = { level } }))
redis.call('XADD', repairs, '*', 'at', at, 'by', by, 'rule', '1', 'key', stock_key, 'before', before, 'after', after)
return { 'WRITTEN', before, after }
