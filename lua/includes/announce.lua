--- @include emit
-- announce(orders, event, needs, kind, order, id, at, tp, data) -> entry id
-- Emits an event of an order to its topic, `orders:<event>`. An order that needs the promotion service
-- has a coupon: a copy of the same millisecond goes to `orders:<event>-with-coupon`, which only that
-- service reads.
local function announce(orders, event, needs, kind, order, id, at, tp, data)
  local topic = orders .. ':' .. event
  local entry = emit(topic, kind, order, id, at, tp, data)
  if string.find(needs, 'promotion', 1, true) then
    emit(topic .. '-with-coupon', kind, order, id, at, tp, data)
  end
  return entry
end
