--- @include stream_position
-- Reads the ledgers of some products, and the positions of the topics of their changes. A script, because
-- the figures are compared with the topics up to exactly those positions.
--
-- KEYS[1..] sw:{p}:inventory:<event>       STREAM  as many as `topics` says, then
--           sw:{p}:inventory:stock:<product>  HASH
-- ARGV[1] topics int
--
-- Returns {"READ", positions, rows}  nothing written; per topic its last id and the number of entries
--                                    ever added; per product received, available, reserved, sold,
--                                    transferredIn, transferredOut
-- Complexity: O(products), at most 100.
local topics = tonumber(ARGV[1])
local positions, rows = {}, {}
for i = 1, topics do
  positions[i] = { stream_position(KEYS[i]) }
end
for i = topics + 1, #KEYS do
  rows[i - topics] = redis.call('HMGET', KEYS[i], 'received', 'available', 'reserved', 'sold', 'transferredIn', 'transferredOut')
end
return { 'READ', positions, rows }
