--- @include emit
--- @include log_delivery
-- Makes a ping delivery to one webhook. A script, so that every delivery in the log is also in progress.
--
-- KEYS[1] sw:{p}:webhook:subscriptions     HASH  webhook -> JSON
-- KEYS[2] sw:{p}:webhook:inbox             STREAM
-- KEYS[3] sw:{p}:webhook:log:<webhook>     HASH
-- KEYS[4] sw:{p}:webhook:bodies:<webhook>  HASH
-- KEYS[5] sw:{p}:webhook:recent:<webhook>  ZSET
-- ARGV[1] event id, ARGV[2] at, ARGV[3] tp
-- ARGV[4] webhook   string
-- ARGV[5] delivery  string
-- ARGV[6] record    JSON
-- ARGV[7] attempt   bytes    WebhookAttempt packed
-- ARGV[8] body      JSON     request body
-- ARGV[9] now       Unix ms
-- ARGV[10] keep     int      deliveries in a log
--
-- Returns {"SENT", delivery}  written
--         {"DISABLED"}  nothing written: the webhook is switched off
--         {"UNKNOWN"}   nothing written: there is none
-- Complexity: O(log deliveries).
local subscriptions, inbox, log, bodies, recent = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local event, at, tp, webhook, delivery = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local record, attempt, body, now, keep = ARGV[6], ARGV[7], ARGV[8], ARGV[9], tonumber(ARGV[10])

local subscription = redis.call('HGET', subscriptions, webhook)
if not subscription then
  return { 'UNKNOWN' }
end
if not cjson.decode(subscription).enabled then
  return { 'DISABLED' }
end
log_delivery(log, bodies, recent, keep, delivery, record, body, now)
emit(inbox, 'WebhookAttempt', delivery, event, at, tp, attempt)
return { 'SENT', delivery }
