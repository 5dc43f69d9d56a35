-- Adds a webhook. A script, so that the limit holds, and every webhook has a secret.
--
-- KEYS[1] sw:{p}:webhook:subscriptions  HASH  webhook -> JSON
-- KEYS[2] sw:{p}:webhook:secrets        HASH  webhook -> "<secret>[ <previous> <until Unix ms>]"
-- ARGV[1] webhook       string
-- ARGV[2] subscription  JSON
-- ARGV[3] secret        string
-- ARGV[4] most          int  maximum number of webhooks
--
-- Returns {"ADDED"}  written
--         {"FULL"}   nothing written
-- Complexity: O(1).
local subscriptions, secrets = KEYS[1], KEYS[2]
local webhook, subscription, secret, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

if redis.call('HLEN', subscriptions) >= most then
  return { 'FULL' }
end
redis.call('HSET', subscriptions, webhook, subscription)
redis.call('HSET', secrets, webhook, secret)
return { 'ADDED' }
