-- Removes a webhook with its secret and its log. A script, so that all of it is removed at once. Waiting
-- attempts are dropped when they are due.
--
-- KEYS[1] sw:{p}:webhook:subscriptions        HASH  webhook -> JSON
-- KEYS[2] sw:{p}:webhook:secrets              HASH
-- KEYS[3] sw:{p}:webhook:state:<webhook>      HASH
-- KEYS[4] sw:{p}:webhook:inflight:<webhook>   ZSET
-- KEYS[5] sw:{p}:webhook:log:<webhook>        HASH
-- KEYS[6] sw:{p}:webhook:bodies:<webhook>     HASH
-- KEYS[7] sw:{p}:webhook:recent:<webhook>     ZSET
-- ARGV[1] webhook  string
--
-- Returns {"REMOVED"}  written
--         {"UNKNOWN"}  nothing written
-- Complexity: O(deliveries in the log).
local subscriptions, secrets, state, inflight = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local log, bodies, recent, webhook = KEYS[5], KEYS[6], KEYS[7], ARGV[1]

if redis.call('HEXISTS', subscriptions, webhook) == 0 then
  return { 'UNKNOWN' }
end
redis.call('HDEL', subscriptions, webhook)
redis.call('HDEL', secrets, webhook)
redis.call('DEL', state, inflight, log, bodies, recent)
return { 'REMOVED' }
