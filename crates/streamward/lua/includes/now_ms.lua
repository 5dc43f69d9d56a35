-- now_ms() -> Unix ms
-- The time by the server's clock, which all processes share.
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
