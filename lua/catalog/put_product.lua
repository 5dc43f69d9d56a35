--- @include emit_in_order
-- Adds or changes a product and emits the change for the read models. A script, so that the catalogue
-- and its topics never differ, and no concurrent change is overwritten.
--
-- KEYS[1] sw:{0}:catalog:products  HASH    product id -> JSON
-- KEYS[2] sw:{0}:catalog:versions  HASH    product id -> entry id of its last change
-- KEYS[3] sw:{0}:catalog:changed   STREAM
-- KEYS[4] sw:{0}:catalog:removed   STREAM
-- ARGV[1] event id, ARGV[2] at, ARGV[3] tp
-- ARGV[4] product  string
-- ARGV[5] json     string
-- ARGV[6] event    bytes  ProductChanged, packed
-- ARGV[7] mode     string "add" refuses a known product, "replace" an unknown one or another version
-- ARGV[8] version  string version to replace; "0-0" for a product without a version
--
-- Returns {"PUT", version}       written
--         {"EXISTS"}             nothing written
--         {"UNKNOWN"}            nothing written
--         {"CONFLICT", version}  nothing written: it was changed since
-- Complexity: O(1).
local products, versions, topics = KEYS[1], KEYS[2], { KEYS[3], KEYS[4] }
local event, at, tp, product, json, changed, mode = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local expected = ARGV[8]

local known = redis.call('HEXISTS', products, product) == 1
if known and mode == 'add' then
  return { 'EXISTS' }
end
if not known and mode == 'replace' then
  return { 'UNKNOWN' }
end
local version = redis.call('HGET', versions, product) or '0-0'
if mode == 'replace' and version ~= expected then
  return { 'CONFLICT', version }
end
redis.call('HSET', products, product, json)
local entry = emit_in_order(topics, 1, 'ProductChanged', product, event, at, tp, changed)
redis.call('HSET', versions, product, entry)
return { 'PUT', entry }
