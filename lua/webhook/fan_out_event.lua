--- @include emit
--- @include log_delivery
-- Makes one delivery per webhook from an event of an order. A script, so that either every webhook gets
-- its delivery or, when the process dies before, none does and the event is redelivered.
--
-- KEYS[1] sw:{p}:<topic>                STREAM  the delivery's
-- KEYS[2] sw:{p}:webhook:subscriptions  HASH    webhook -> JSON
-- KEYS[3] sw:{p}:webhook:inbox          STREAM
-- KEYS[4..] per webhook: sw:{p}:webhook:log:<webhook> HASH, sw:{p}:webhook:bodies:<webhook> HASH,
--           sw:{p}:webhook:recent:<webhook> ZSET
-- ARGV[1] group, ARGV[2] entry id, ARGV[3] event id, ARGV[4] at, ARGV[5] tp
-- ARGV[6] body  JSON     request body
-- ARGV[7] now   Unix ms
-- ARGV[8] keep  int      deliveries in a log
-- ARGV[9..] deliveries  webhook string, delivery string, record JSON, WebhookAttempt packed: per
--           webhook, at most 50
--
-- Returns {"FANNED_OUT"}  written, except for webhooks removed meanwhile
--         {"STALE"}       nothing written: settled before
-- Complexity: O(webhooks * log deliveries).
local delivered, subscriptions, inbox = KEYS[1], KEYS[2], KEYS[3]
local group, id, event, at, tp = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local body, now, keep = ARGV[6], ARGV[7], tonumber(ARGV[8])

local known = {}
for i = 9, #ARGV, 4 do
  known[i] = redis.call('HEXISTS', subscriptions, ARGV[i]) == 1
end
if redis.call('XACK', delivered, group, id) == 0 then
  return { 'STALE' }
end
local key = 4
for i = 9, #ARGV, 4 do
  if known[i] then
    log_delivery(KEYS[key], KEYS[key + 1], KEYS[key + 2], keep, ARGV[i + 1], ARGV[i + 2], body, now)
    emit(inbox, 'WebhookAttempt', ARGV[i + 1], event, at, tp, ARGV[i + 3])
  end
  key = key + 3
end
return { 'FANNED_OUT' }
