--- @include announce
--- @include history_line
-- Accepts an order: stores it, indexes it, emits OrderPlaced. A script, so that an idempotency key
-- can never be taken without its order existing, nor an order exist twice for one key.
--
-- KEYS[1] sw:{p}:order:<id>               HASH    the order
-- KEYS[2] sw:{p}:orders                   prefix
-- KEYS[3] sw:{p}:order:customer:<id>      ZSET    the customer's orders by Unix ms
-- KEYS[4] sw:{p}:order:open:<customer>    HASH    order id -> "<product> <units> .." of orders that
--                                                 wait for the customer to pay; ended ones are removed
--                                                 here
-- KEYS[5] sw:{p}:order:key:<digest>       STRING  "<fingerprint> <order id>"; only when a key was sent
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
-- ARGV[15] lines      string  "<product> <units> .." of the order
-- ARGV[16] most open orders, ARGV[17] most units of one product in them
-- ARGV[18] open ttl   ms
--
-- Returns {"PLACED", order id}     written
--         {"REPLAY", order id}     nothing written: the same request was accepted before
--         {"MISMATCH"}             nothing written: the key belongs to another request
--         {"TOO_MANY_ORDERS", n}   nothing written: the customer has n orders to pay already
--         {"TOO_MANY_UNITS", product, n}  nothing written: n units of it wait in unpaid orders already
-- Complexity: O(orders the customer has to pay + log orders of the customer).
--
-- The keys of the customer's other orders follow from KEYS[1], in whose hash slot they lie: their
-- number is not known before the script runs.
local order_key, orders, index, open, idempotency = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local order, customer, now, head, doc = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local subtotal, currency, needs, method = ARGV[6], ARGV[7], ARGV[8], ARGV[9]
local event, at, tp, fingerprint, ttl = ARGV[10], ARGV[11], ARGV[12], ARGV[13], ARGV[14]
local lines, most_orders, most_units, open_ttl = ARGV[15], tonumber(ARGV[16]), tonumber(ARGV[17]), ARGV[18]

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

local waiting, units, ended = 0, {}, {}
local listed = redis.call('HGETALL', open)
local prefix = string.sub(order_key, 1, -#order - 1)
for i = 1, #listed, 2 do
  local status = redis.call('HGET', prefix .. listed[i], 'status')
  if status == 'placed' or status == 'awaitingPayment' then
    waiting = waiting + 1
    for product, quantity in string.gmatch(listed[i + 1], '(%S+) (%d+)') do
      units[product] = (units[product] or 0) + tonumber(quantity)
    end
  else
    ended[#ended + 1] = listed[i]
  end
end
if waiting >= most_orders then
  return { 'TOO_MANY_ORDERS', waiting }
end
for product, quantity in string.gmatch(lines, '(%S+) (%d+)') do
  local already = units[product] or 0
  if already + tonumber(quantity) > most_units then
    return { 'TOO_MANY_UNITS', product, already }
  end
end

for _, gone in ipairs(ended) do
  redis.call('HDEL', open, gone)
end
-- An order that is charged at once holds nothing back; should its charge fail, it is listed then.
if method == '' then
  redis.call('HSET', open, order, lines)
  redis.call('PEXPIRE', open, open_ttl)
end
local entry = announce(orders, 'placed', needs, 'OrderPlaced', order, event, at, tp, head .. doc)
local field, line = history_line(1, 'OrderPlaced', 'orders:placed', entry)
redis.call('HSET', order_key, 'status', 'placed', 'customer', customer, 'doc', doc,
  'subtotal', subtotal, 'currency', currency, 'needs', needs, 'method', method, 'n', 1, field, line)
redis.call('ZADD', index, now, order)
if idempotency then
  redis.call('SET', idempotency, fingerprint .. ' ' .. order, 'PX', ttl)
end
return { 'PLACED', order }
