--- @include now_ms
-- Admits an attempt or postpones it. A script, because attempts of one webhook are counted over all
-- processes: an endpoint that hangs, fails or limits its rate must not delay the others. A postponed
-- attempt is settled and comes back through the delay queue; it is not counted.
--
-- KEYS[1] sw:{p}:webhook:inbox               STREAM
-- KEYS[2] sw:{p}:webhook:subscriptions       HASH  webhook -> JSON
-- KEYS[3] sw:{p}:webhook:secrets             HASH  webhook -> "<secret>[ <previous> <until Unix ms>]"
-- KEYS[4] sw:{p}:webhook:state:<webhook>     HASH  failures: in a row; rest: Unix ms before which nothing is
--                                                  tried; spread: ms; slot: Unix ms of the last one waiting;
--                                                  pace: ms an attempt takes
-- KEYS[5] sw:{p}:webhook:inflight:<webhook>  ZSET  delivery -> Unix ms at which it counts as dead
-- KEYS[6] sw:{p}:webhook:delayed             ZSET
-- KEYS[7] sw:{p}:webhook:delayed.data        HASH
-- KEYS[8] sw:{p}:webhook:log:<webhook>       HASH  delivery -> JSON
-- ARGV[1] group, ARGV[2] entry id
-- ARGV[3] webhook   string
-- ARGV[4] delivery  string
-- ARGV[5] room      int     attempts in flight at most; one while the circuit is open
-- ARGV[6] opens     int     failures in a row that open the circuit
-- ARGV[7] lease     ms      after which an attempt in flight counts as dead
-- ARGV[8] chance    number  0..1, random: spreads postponed attempts
-- ARGV[9] job       string  member of the delay queue
-- ARGV[10] attempt  bytes   WebhookAttempt packed
--
-- Returns {"GO", subscription, secrets, failures}  written: only that it is in flight
--         {"WAIT", due Unix ms}  written: postponed until then
--         {"SKIPPED"}            written: the webhook is switched off
--         {"GONE"}               settled, nothing else written: the webhook was removed
--         {"STALE"}              nothing written: settled before
-- Complexity: O(log jobs + attempts in the record).
local inbox, subscriptions, secrets, state, inflight = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local delayed, data, log = KEYS[6], KEYS[7], KEYS[8]
local group, id, webhook, delivery = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local room, opens, lease, chance = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local job, attempt = ARGV[9], ARGV[10]

-- Longest delay of a postponed attempt: the endpoint may have recovered.
local HORIZON = 60000
local now = now_ms()
local subscription, record = redis.call('HGET', subscriptions, webhook), redis.call('HGET', log, delivery)
record = record and cjson.decode(record)

if #redis.call('XPENDING', inbox, group, id, id, 1) == 0 then
  return { 'STALE' }
end
if not subscription then
  redis.call('XACK', inbox, group, id)
  return { 'GONE' }
end
if not cjson.decode(subscription).enabled then
  redis.call('XACK', inbox, group, id)
  if record then
    record.status, record.next = 'skipped', nil
    redis.call('HSET', log, delivery, cjson.encode(record))
  end
  return { 'SKIPPED' }
end

local failures, rest, spread, slot, pace = unpack(redis.call('HMGET', state, 'failures', 'rest', 'spread', 'slot', 'pace'))
failures, rest, spread = tonumber(failures or '0'), tonumber(rest or '0'), tonumber(spread or '0')
slot, pace = tonumber(slot or '0'), tonumber(pace or '100')
if failures >= opens then
  room = 1
end
-- One that comes back because its process died keeps its place.
local again = redis.call('ZSCORE', inflight, delivery)
local busy = not again and redis.call('ZCOUNT', inflight, '(' .. now, '+inf') >= room
if now >= rest and not busy then
  redis.call('ZREMRANGEBYSCORE', inflight, '-inf', now)
  redis.call('ZADD', inflight, now + lease, delivery)
  return { 'GO', subscription, redis.call('HGET', secrets, webhook) or '', failures }
end

local due
if now < rest then
  due = rest + math.floor(chance * spread)
else
  slot = math.max(now, slot) + math.max(5, math.floor(pace / room))
  due = slot
  if slot > now + HORIZON then
    slot = now + HORIZON
    due = now + math.floor(HORIZON * (1 + chance) / 2)
  end
  redis.call('HSET', state, 'slot', string.format('%.0f', slot))
end
redis.call('XACK', inbox, group, id)
redis.call('HSET', data, job, attempt)
redis.call('ZADD', delayed, string.format('%.0f', due), job)
if record then
  record.next = due
  redis.call('HSET', log, delivery, cjson.encode(record))
end
return { 'WAIT', due }
