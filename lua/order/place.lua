-- Accepts an order: stores it, indexes it, emits OrderPlaced. A script, so that an idempotency key
-- can never be taken without its order existing, nor an order exist twice for one key.
--
-- KEYS[1] sw:{p}:order:<id>               HASH    the order
-- KEYS[2] sw:{p}:orders                   STREAM
-- KEYS[3] sw:{p}:order:customer:<id>      ZSET    the customer's orders by Unix ms
-- KEYS[4] sw:{p}:order:key:<digest>       STRING  "<fingerprint> <order id>"; only when a key was sent
-- ARGV[1] order       string
-- ARGV[2] customer    string
-- ARGV[3] now         Unix ms
-- ARGV[4] head        bytes   OrderPlaced up to the order document
-- ARGV[5] doc         bytes   the packed order document
-- ARGV[6] subtotal    minor units
-- ARGV[7] currency    string
-- ARGV[8] needs       string  services whose holds to wait for, comma-separated
-- ARGV[9] method      string  payment method to charge at once, or ""
-- ARGV[10] event id, ARGV[11] at, ARGV[12] tp
-- ARGV[13] fingerprint string  digest of the request; "" without a key
-- ARGV[14] key ttl    ms
--
-- Returns {"PLACED"}               written
--         {"REPLAY", order id}     nothing written: the same request was accepted before
--         {"MISMATCH"}             nothing written: the key belongs to another request
-- Complexity: O(log orders of the customer).
local order_key, orders, index, idempotency = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local order, customer, now, head, doc = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local subtotal, currency, needs, method = ARGV[6], ARGV[7], ARGV[8], ARGV[9]
local event, at, tp, fingerprint, ttl = ARGV[10], ARGV[11], ARGV[12], ARGV[13], ARGV[14]

if idempotency then
  local taken = redis.call('GET', idempotency)
  if taken then
    local theirs, first = string.match(taken, '^(%S+) (%S+)$')
    if theirs == fingerprint then
      return { 'REPLAY', first }
    end
    return { 'MISMATCH' }
  end
end

local entry = emit(orders, 'OrderPlaced', order, event, at, tp, head .. doc)
local field, line = history(1, 'OrderPlaced', 'orders', entry)
redis.call('HSET', order_key, 'status', 'placed', 'customer', customer, 'doc', doc,
  'subtotal', subtotal, 'currency', currency, 'needs', needs, 'method', method, 'n', 1, field, line)
redis.call('ZADD', index, now, order)
if idempotency then
  redis.call('SET', idempotency, fingerprint .. ' ' .. order, 'PX', ttl)
end
return { 'PLACED' }
