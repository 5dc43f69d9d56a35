-- log_delivery(log, bodies, recent, keep, delivery, record, body, ms)
-- Appends a delivery to the log of a webhook and deletes the oldest above `keep` of them.
local function log_delivery(log, bodies, recent, keep, delivery, record, body, ms)
  redis.call('HSET', log, delivery, record)
  redis.call('HSET', bodies, delivery, body)
  redis.call('ZADD', recent, ms, delivery)
  local over = redis.call('ZCARD', recent) - keep
  if over > 0 then
    local oldest = redis.call('ZRANGE', recent, 0, math.min(over, 100) - 1)
    redis.call('ZREM', recent, unpack(oldest))
    redis.call('HDEL', log, unpack(oldest))
    redis.call('HDEL', bodies, unpack(oldest))
  end
end
