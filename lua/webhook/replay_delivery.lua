--- @include emit
-- Sends a delivery of the log again, from its first attempt on. A script, because a delivery must not be
-- in progress twice.
--
-- KEYS[1] sw:{p}:webhook:subscriptions  HASH  webhook -> JSON
-- KEYS[2] sw:{p}:webhook:inbox          STREAM
-- KEYS[3] sw:{p}:webhook:log:<webhook>  HASH  delivery -> JSON
-- ARGV[1] event id, ARGV[2] at, ARGV[3] tp
-- ARGV[4] webhook   string
-- ARGV[5] delivery  string
-- ARGV[6] attempt   bytes   WebhookAttempt packed
--
-- Returns {"REPLAYED", delivery}  written
--         {"PENDING"}   nothing written: it is in progress
--         {"DISABLED"}  nothing written: the webhook is switched off
--         {"UNKNOWN"}   nothing written: no such webhook, or no such delivery in its log
-- Complexity: O(attempts in the record).
local subscriptions, inbox, log = KEYS[1], KEYS[2], KEYS[3]
local event, at, tp, webhook, delivery, attempt = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

local subscription = redis.call('HGET', subscriptions, webhook)
local record = redis.call('HGET', log, delivery)
if not subscription or not record then
  return { 'UNKNOWN' }
end
if not cjson.decode(subscription).enabled then
  return { 'DISABLED' }
end
record = cjson.decode(record)
if record.status == 'pending' then
  return { 'PENDING' }
end
record.status = 'pending'
redis.call('HSET', log, delivery, cjson.encode(record))
emit(inbox, 'WebhookAttempt', delivery, event, at, tp, attempt)
return { 'REPLAYED', delivery }
