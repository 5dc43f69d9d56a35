-- Adds or changes a product and tells the read models. A script, so that the catalogue and its
-- stream never differ.
--
-- KEYS[1] sw:{0}:catalog:products  HASH    product id -> JSON
-- KEYS[2] sw:{0}:catalog           STREAM
-- ARGV[1] event id, ARGV[2] at, ARGV[3] tp
-- ARGV[4] product  string
-- ARGV[5] json     string
-- ARGV[6] event    bytes  ProductChanged, packed
-- ARGV[7] mode     string "add" refuses a known product, "change" an unknown one
--
-- Returns {"PUT"}      written
--         {"EXISTS"}   nothing written
--         {"UNKNOWN"}  nothing written
-- Complexity: O(1).
local products, catalog = KEYS[1], KEYS[2]
local event, at, tp, product, json, changed, mode = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]

local known = redis.call('HEXISTS', products, product) == 1
if known and mode == 'add' then
  return { 'EXISTS' }
end
if not known and mode == 'change' then
  return { 'UNKNOWN' }
end
redis.call('HSET', products, product, json)
emit(catalog, 'ProductChanged', product, event, at, tp, changed)
return { 'PUT' }
