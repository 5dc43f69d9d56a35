-- Records the time of the first or the last entry of the no-ops in KEYS[1] "first" or "last" (STRING, µs).
local time = redis.call('TIME')
redis.call('SET', KEYS[1], time[1] * 1000000 + time[2])
return { 'DONE' }
