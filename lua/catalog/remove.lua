-- Removes a product from the catalogue and tells the read models. Its stock and reservations stay:
-- open orders keep what they were promised. A script, so that catalogue and stream never differ.
--
-- KEYS[1] sw:{0}:catalog:products  HASH    product id -> JSON
-- KEYS[2] sw:{0}:catalog           STREAM
-- ARGV[1] event id, ARGV[2] at, ARGV[3] tp
-- ARGV[4] product  string
-- ARGV[5] event    bytes  ProductRemoved, packed
--
-- Returns {"REMOVED"}  written
--         {"UNKNOWN"}  nothing written
-- Complexity: O(1).
local products, catalog = KEYS[1], KEYS[2]
local event, at, tp, product, removed = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

if redis.call('HEXISTS', products, product) == 0 then
  return { 'UNKNOWN' }
end
redis.call('HDEL', products, product)
emit(catalog, 'ProductRemoved', product, event, at, tp, removed)
return { 'REMOVED' }
