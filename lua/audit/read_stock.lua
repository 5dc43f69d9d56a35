--- @include stream_position
-- Reads the ledgers of some products, and the position of the stream of their changes. A script, because
-- the figures are compared with the stream up to exactly that position.
--
-- KEYS[1] sw:{p}:inventory                    STREAM
-- KEYS[2..] sw:{p}:inventory:stock:<product>  HASH
--
-- Returns {"READ", last id, added, rows}  nothing written; per product received, available, reserved,
--                                         sold, transferredIn, transferredOut
-- Complexity: O(products), at most 100.
local last, added = stream_position(KEYS[1])
local rows = {}
for i = 2, #KEYS do
  rows[i - 1] = redis.call('HMGET', KEYS[i], 'received', 'available', 'reserved', 'sold', 'transferredIn', 'transferredOut')
end
return { 'READ', last, added, rows }
