-- Changes a webhook and clears its failures. A script, because it may be switched off or changed between
-- the read and the change.
--
-- KEYS[1] sw:{p}:webhook:subscriptions    HASH  webhook -> JSON
-- KEYS[2] sw:{p}:webhook:state:<webhook>  HASH  as in begin_attempt.lua
-- ARGV[1] webhook  string
-- ARGV[2] known    JSON  previous value; "" for any
-- ARGV[3] changed  JSON  new value
--
-- Returns {"CHANGED"}  written
--         {"RACED"}    nothing written: it has another value
--         {"UNKNOWN"}  nothing written: there is none
-- Complexity: O(1).
local subscriptions, state = KEYS[1], KEYS[2]
local webhook, known, changed = ARGV[1], ARGV[2], ARGV[3]

local subscription = redis.call('HGET', subscriptions, webhook)
if not subscription then
  return { 'UNKNOWN' }
end
if known ~= '' and known ~= subscription then
  return { 'RACED' }
end
redis.call('HSET', subscriptions, webhook, changed)
redis.call('DEL', state)
return { 'CHANGED' }
