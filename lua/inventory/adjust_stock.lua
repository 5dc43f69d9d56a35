--- @include emit
--- @include report_low_stock
-- Receives units or writes them off, with actor and reason. A script, because a write-off must not take
-- units reserved in between, and because every change must be in the ledger.
--
-- KEYS[1] sw:{p}:inventory:stock:<product>   HASH
-- KEYS[2] sw:{p}:inventory                   prefix
-- KEYS[3] sw:{p}:inventory:ledger:<product>  STREAM  the adjustments; the newest 10,000 or a few more
-- KEYS[4] sw:{p}:inventory:adjusted:<name>    STRING  only with "once": set when it was made
-- ARGV[1] event id, ARGV[2] at, ARGV[3] tp
-- ARGV[4] product string
-- ARGV[5] delta   int     units; negative writes off
-- ARGV[6] reason  string  or ""
-- ARGV[7] actor   string
-- ARGV[8] when    string  "first" only when nothing was ever received; "once" unless it was made; "any"
-- ARGV[9] low stock int  units at or below which the stock of a product without a threshold is low; "" for never
-- ARGV[10] kept   int     only with "once": ms for which its name is kept
--
-- Returns {"ADJUSTED", received, available, reserved, sold, revision}  written
--         {"SHORT", available}                                         nothing written
--         {"KEPT"}                                                     nothing written: not the first, or made
-- Complexity: O(1).
local stock_key, inventory, ledger = KEYS[1], KEYS[2], KEYS[3]
local event, at, tp, product, delta = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local reason, actor, when, low_stock = ARGV[6], ARGV[7], ARGV[8], ARGV[9]

local stock = redis.call('HMGET', stock_key, 'received', 'available', 'reserved', 'sold', 'revision', 'lowStock', 'low')
local received, available = tonumber(stock[1] or '0'), tonumber(stock[2] or '0')
local reserved, sold = tonumber(stock[3] or '0'), tonumber(stock[4] or '0')
local revision = tonumber(stock[5] or '0') + 1
if when == 'first' and (stock[1] or redis.call('EXISTS', ledger) == 1) then
  return { 'KEPT' }
end
if when == 'once' and redis.call('EXISTS', KEYS[4]) == 1 then
  return { 'KEPT' }
end
if available + delta < 0 then
  return { 'SHORT', available }
end
if when == 'once' then
  redis.call('SET', KEYS[4], event, 'PX', ARGV[10])
end
received, available = received + delta, available + delta
redis.call('HSET', stock_key, 'received', received, 'available', available, 'reserved', reserved, 'sold', sold,
  'revision', revision)
redis.call('XADD', ledger, 'MAXLEN', '~', 10000, '*', 'delta', delta, 'reason', reason, 'actor', actor,
  'received', received, 'available', available)
local level = { productId = product, available = available, reserved = reserved, sold = sold, revision = revision }
local message = cmsgpack.pack({ cause = 'adjusted', levels = { level } })
emit(inventory .. ':updated', 'InventoryUpdated', product, event, at, tp, message)
report_low_stock(stock_key, inventory, level, stock[6], stock[7], low_stock, event, at, tp)
return { 'ADJUSTED', received, available, reserved, sold, revision }
