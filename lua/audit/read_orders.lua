--- @include now_ms
-- Reads the state of some orders in every service. A script, so that the state of one order is of one
-- moment, and so that only compared fields are transferred.
--
-- KEYS[1..] five per order:
--           sw:{p}:order:<id>                  HASH
--           sw:{p}:inventory:reservation:<id>  HASH
--           sw:{p}:promotion:hold:<id>         HASH
--           sw:{p}:payment:intent:<id>         HASH
--           sw:{p}:notification:sent:<id>      HASH
--
-- Returns {"READ", now, rows}  nothing written; now in Unix ms, one row per order: the order's status,
--                              subtotal, discount, currency, needs, due, n and last line; the
--                              reservation's state and lines; the hold's state, code and discount; the
--                              payment's status, captured, refunded and currency; the messages sent
-- Complexity: O(orders), at most 50.
local rows = {}
for i = 1, #KEYS, 5 do
  local order = redis.call('HMGET', KEYS[i], 'status', 'subtotal', 'discount', 'currency', 'needs', 'due', 'n')
  order[8] = order[7] and redis.call('HGET', KEYS[i], 'h:' .. order[7])
  local reservation = redis.call('HMGET', KEYS[i + 1], 'state', 'lines')
  local hold = redis.call('HMGET', KEYS[i + 2], 'state', 'code', 'discount')
  local payment = redis.call('HMGET', KEYS[i + 3], 'status', 'captured', 'refunded', 'currency')
  local sent = table.concat(redis.call('HKEYS', KEYS[i + 4]), ' ')
  rows[#rows + 1] = {
    order[1], order[2], order[3], order[4], order[5], order[6], order[7], order[8],
    reservation[1], reservation[2], hold[1], hold[2], hold[3],
    payment[1], payment[2], payment[3], payment[4], sent,
  }
end
return { 'READ', string.format('%.0f', now_ms()), rows }
