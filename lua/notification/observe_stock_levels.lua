--- @include is_older
-- Records the stock levels of some products, and returns those whose stock is newly low: at or below the
-- threshold for the first time since they were above it. A script, because deliveries come late, twice and
-- side by side, and only one of them may report. It settles nothing: repeated for the same entry it
-- returns the same until the report is recorded (mark_reported.lua).
--
-- KEYS[1] sw:{p}:notification:low  HASH    product -> "<newest entry seen> <reporting entry or -> <0|1: reported>"
-- ARGV[1] seen  string  id of the entry in the inventory's stream
-- ARGV[2..] levels  product string, available int, threshold int: per product, at most 100
--
-- Returns {"OBSERVED", {product...}}  written; the products to report
-- Complexity: O(products).
local low = KEYS[1]
local seen = ARGV[1]

local scarce = {}
for i = 2, #ARGV, 3 do
  local product, available, threshold = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  local known = redis.call('HGET', low, product) or '0-0 - 0'
  local newest, teller, told = string.match(known, '^(%S+) (%S+) (%d)$')
  if seen == teller then
    if told == '0' then
      scarce[#scarce + 1] = product
    end
  elseif is_older(newest, seen) then
    if available > threshold then
      teller, told = '-', '0'
    elseif teller == '-' then
      teller, told = seen, '0'
      scarce[#scarce + 1] = product
    end
    redis.call('HSET', low, product, seen .. ' ' .. teller .. ' ' .. told)
  end
end
return { 'OBSERVED', scarce }
