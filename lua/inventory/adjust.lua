-- Receives units, or writes them off. A script, because a write-off must not take what was reserved
-- in between.
--
-- KEYS[1] sw:{p}:inventory:stock:<product>  HASH
-- KEYS[2] sw:{p}:inventory                  STREAM
-- ARGV[1] event id, ARGV[2] at, ARGV[3] tp
-- ARGV[4] product string
-- ARGV[5] delta   int  units; negative writes off
--
-- Returns {"ADJUSTED", received, available, reserved, sold, entry}  written; entry is the event's id
--         {"SHORT", available}                                      nothing written
-- Complexity: O(1).
local stock_key, inventory = KEYS[1], KEYS[2]
local event, at, tp, product, delta = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])

local stock = redis.call('HMGET', stock_key, 'received', 'available', 'reserved', 'sold')
local received, available = tonumber(stock[1] or '0'), tonumber(stock[2] or '0')
local reserved, sold = tonumber(stock[3] or '0'), tonumber(stock[4] or '0')
if available + delta < 0 then
  return { 'SHORT', available }
end
received, available = received + delta, available + delta
redis.call('HSET', stock_key, 'received', received, 'available', available, 'reserved', reserved, 'sold', sold)
local level = { productId = product, available = available, reserved = reserved, sold = sold }
local message = cmsgpack.pack({ cause = 'adjusted', levels = { level } })
local entry = emit(inventory, 'InventoryUpdated', product, event, at, tp, message)
return { 'ADJUSTED', received, available, reserved, sold, entry }
