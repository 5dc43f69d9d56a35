-- Changes a webhook. A script, because it may be switched off, or changed by somebody else, between
-- the look and the change. A changed webhook is given a fresh chance: its failures are forgotten.
--
-- KEYS[1] sw:{p}:webhook:subscriptions    HASH  webhook -> JSON
-- KEYS[2] sw:{p}:webhook:state:<webhook>  HASH  as in begin_attempt.lua
-- ARGV[1] webhook  string
-- ARGV[2] known    JSON  what it was; "" is whatever it was
-- ARGV[3] changed  JSON  what it is to be
--
-- Returns {"CHANGED"}  written
--         {"RACED"}    nothing written: it was something else
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
