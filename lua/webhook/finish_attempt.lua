--- @include emit
--- @include now_ms
-- Records the result of an attempt: delivered, retried later, or the webhook is switched off. A script, so
-- that log, next attempt, circuit and settling are one step.
--
-- KEYS[1] sw:{p}:webhook:inbox               STREAM
-- KEYS[2] sw:{p}:webhook:subscriptions       HASH  webhook -> JSON
-- KEYS[3] sw:{p}:webhook:state:<webhook>     HASH  as in begin_attempt.lua
-- KEYS[4] sw:{p}:webhook:inflight:<webhook>  ZSET
-- KEYS[5] sw:{p}:webhook:delayed             ZSET
-- KEYS[6] sw:{p}:webhook:delayed.data        HASH
-- KEYS[7] sw:{p}:webhook:log:<webhook>       HASH  delivery -> JSON
-- KEYS[8] sw:{p}:webhooks                    prefix
-- ARGV[1] group, ARGV[2] entry id, ARGV[3] event id, ARGV[4] at, ARGV[5] tp
-- ARGV[6] webhook   string
-- ARGV[7] delivery  string
-- ARGV[8] fate      string  "delivered", "retry", "failed", or "gone"
-- ARGV[9] made      JSON    the attempt, for the log
-- ARGV[10] delay    ms      until the next attempt
-- ARGV[11] rest     ms      pause of the webhook after this failure
-- ARGV[12] took     ms      how long the attempt took
-- ARGV[13] job      string  member of the delay queue
-- ARGV[14] attempt  bytes   WebhookAttempt packed, the next one
-- ARGV[15] event    bytes   WebhookDelivered or WebhookDisabled packed
--
-- Returns {"FINISHED"}  written
--         {"DISABLED"}  written, and the webhook is switched off
--         {"GONE"}      settled, nothing else written: the webhook was removed
--         {"STALE"}     nothing written: settled before
-- Complexity: O(log jobs + attempts in the record), at most 20 attempts.
local inbox, subscriptions, state, inflight = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local delayed, data, log, webhooks = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local group, id, event, at, tp, webhook, delivery = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local fate, made, delay, rest, took = ARGV[8], ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12])
local job, attempt, message = ARGV[13], ARGV[14], ARGV[15]

local now = now_ms()
local subscription, record = redis.call('HGET', subscriptions, webhook), redis.call('HGET', log, delivery)
local pace, resting = unpack(redis.call('HMGET', state, 'pace', 'rest'))
pace, resting = tonumber(pace or took), tonumber(resting or '0')

if redis.call('XACK', inbox, group, id) == 0 then
  return { 'STALE' }
end
if not subscription then
  return { 'GONE' }
end
redis.call('ZREM', inflight, delivery)
redis.call('HSET', state, 'pace', math.floor(0.7 * pace + 0.3 * took))
if fate == 'delivered' then
  redis.call('HDEL', state, 'failures', 'rest', 'spread')
else
  redis.call('HINCRBY', state, 'failures', 1)
  if now + rest > resting then
    redis.call('HSET', state, 'rest', string.format('%.0f', now + rest), 'spread', rest)
  end
end
if record then
  record = cjson.decode(record)
  local attempts = record.attempts or {}
  attempts[#attempts + 1] = cjson.decode(made)
  if #attempts > 20 then
    table.remove(attempts, 1)
  end
  record.attempts, record.status, record.next = attempts, fate, nil
  if fate == 'retry' then
    record.status, record.next = 'pending', now + delay
  elseif fate == 'gone' then
    record.status = 'failed'
  end
  redis.call('HSET', log, delivery, cjson.encode(record))
end

if fate == 'retry' then
  redis.call('HSET', data, job, attempt)
  redis.call('ZADD', delayed, string.format('%.0f', now + delay), job)
  return { 'FINISHED' }
end
if fate == 'delivered' then
  emit(webhooks .. ':delivered', 'WebhookDelivered', delivery, event, at, tp, message)
  return { 'FINISHED' }
end
subscription = cjson.decode(subscription)
if not subscription.enabled then
  return { 'FINISHED' }
end
subscription.enabled = false
subscription.disabled = { reason = fate == 'gone' and 'gone' or 'exhausted', at = now }
redis.call('HSET', subscriptions, webhook, cjson.encode(subscription))
emit(webhooks .. ':disabled', 'WebhookDisabled', webhook, event, at, tp, message)
return { 'DISABLED' }
