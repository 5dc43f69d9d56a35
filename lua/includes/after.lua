-- after(ms) -> score
-- The moment in so many milliseconds, by the server's clock, as a delay queue's score.
local function after(ms)
  local time = redis.call('TIME')
  return string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) + ms)
end
