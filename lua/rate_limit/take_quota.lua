-- Takes requests from a client's quota (GCRA: one time represents the whole bucket, and advances with
-- every request taken). A script, so that all API processes share one quota, on one clock.
--
-- KEYS[1] sw:{p}:edge:quota:<policy>:<digest of the client>  STRING  when the bucket is full again, Unix us
-- ARGV[1] interval  us       time that restores one request
-- ARGV[2] window    us       time that restores all of them
-- ARGV[3] wanted    integer  0 only checks
--
-- Returns {"TAKEN", taken, left, full in us}  written, unless only checked
--         {"EMPTY", us until there is one}    nothing written
-- Complexity: O(1).
local quota = KEYS[1]
local interval, window, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local full = math.max(tonumber(redis.call('GET', quota) or '0'), now)
local free = math.floor((window - (full - now)) / interval)
if free < 1 then
  return { 'EMPTY', math.ceil(full - now + interval - window) }
end
local taken = math.min(wanted, free)
if taken > 0 then
  full = full + taken * interval
  local life = math.ceil((full - now) / 1000)
  redis.call('SET', quota, string.format('%.0f', full), 'PX', life)
end
return { 'TAKEN', taken, free - taken, math.ceil(full - now) }
