--- @include emit
-- Records that the administrators were notified of a product's low stock. A script, so that mark and event
-- are one step.
--
-- KEYS[1] sw:{p}:notification:low  HASH    as in observe_stock_levels.lua
-- KEYS[2] sw:{p}:notifications     STREAM
-- ARGV[1] event id, ARGV[2] at, ARGV[3] tp
-- ARGV[4] seen     string  id of the entry that reported it
-- ARGV[5] product  string
-- ARGV[6] event    bytes   LowStockReported packed
--
-- Returns {"REPORTED"}  written
--         {"KNOWN"}     nothing written: reported before, or no longer low
-- Complexity: O(1).
local low, notifications = KEYS[1], KEYS[2]
local event, at, tp, seen, product, message = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

local known = redis.call('HGET', low, product)
local newest, teller, told = string.match(known or '', '^(%S+) (%S+) (%d)$')
if teller ~= seen or told == '1' then
  return { 'KNOWN' }
end
redis.call('HSET', low, product, newest .. ' ' .. seen .. ' 1')
emit(notifications, 'LowStockReported', product, event, at, tp, message)
return { 'REPORTED' }
