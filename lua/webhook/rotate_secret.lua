--- @include now_ms
-- Gives a webhook a new secret; the previous one signs too for a while. A script, because both secrets
-- change in one step.
--
-- KEYS[1] sw:{p}:webhook:secrets  HASH  webhook -> "<secret>[ <previous> <until Unix ms>]"
-- ARGV[1] webhook  string
-- ARGV[2] secret   string  new secret
-- ARGV[3] overlap  ms      how long the previous one signs too
--
-- Returns {"ROTATED", until Unix ms}  written
--         {"UNKNOWN"}                 nothing written
-- Complexity: O(1).
local secrets, webhook, secret, overlap = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])

local known = redis.call('HGET', secrets, webhook)
if not known then
  return { 'UNKNOWN' }
end
local till = now_ms() + overlap
local before = string.match(known, '^%S+')
redis.call('HSET', secrets, webhook, string.format('%s %s %.0f', secret, before, till))
return { 'ROTATED', till }
