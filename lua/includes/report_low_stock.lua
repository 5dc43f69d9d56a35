--- @include emit
-- report_low_stock(stock, inventory, level, own, low, default, id, at, tp)
-- Emits LowStock when the units available of a product have fallen to its threshold: once, until they
-- were above it again. `own` is the product's threshold, `low` its mark, both as read from `stock`;
-- `default` is the threshold of products without their own, "" for none.
local function report_low_stock(stock, inventory, level, own, low, default, id, at, tp)
  local threshold = tonumber(own or default)
  if threshold and level.available <= threshold then
    if not low then
      redis.call('HSET', stock, 'low', 1)
      emit(inventory .. ':low-stock', 'LowStock', level.productId, id, at, tp, cmsgpack.pack({
        productId = level.productId, available = level.available, reserved = level.reserved,
        sold = level.sold, threshold = threshold }))
    end
  elseif low then
    redis.call('HDEL', stock, 'low')
  end
end
