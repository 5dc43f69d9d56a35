--- @include emit_in_order
-- Removes a product from the catalogue and emits the removal for the read models. Stock and reservations
-- of open orders stay. A script, so that catalogue and topics never differ.
--
-- KEYS[1] sw:{0}:catalog:products  HASH    product id -> JSON
-- KEYS[2] sw:{0}:catalog:versions  HASH    product id -> entry id of its last change
-- KEYS[3] sw:{0}:catalog:changed   STREAM
-- KEYS[4] sw:{0}:catalog:removed   STREAM
-- ARGV[1] event id, ARGV[2] at, ARGV[3] tp
-- ARGV[4] product  string
-- ARGV[5] event    bytes  ProductRemoved, packed
-- ARGV[6] version  string version to remove; "" for any
--
-- Returns {"REMOVED", entry}     written; entry is the event's id
--         {"UNKNOWN"}            nothing written
--         {"CONFLICT", version}  nothing written: it was changed since
-- Complexity: O(1).
local products, versions, topics = KEYS[1], KEYS[2], { KEYS[3], KEYS[4] }
local event, at, tp, product, removed, expected = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

if redis.call('HEXISTS', products, product) == 0 then
  return { 'UNKNOWN' }
end
local version = redis.call('HGET', versions, product) or '0-0'
if expected ~= '' and version ~= expected then
  return { 'CONFLICT', version }
end
redis.call('HDEL', products, product)
redis.call('HDEL', versions, product)
return { 'REMOVED', emit_in_order(topics, 2, 'ProductRemoved', product, event, at, tp, removed) }
