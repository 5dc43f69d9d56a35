--- @include now_ms
-- due_in(ms) -> score
-- Score in a delay queue of a job that is due in `ms` milliseconds, by the server's clock.
local function due_in(ms)
  return string.format('%.0f', now_ms() + ms)
end
