-- Promotes due jobs of a delay queue into the service's inbox. A script, so that a job is in the
-- queue or in the inbox, never in both or neither.
--
-- KEYS[1] sw:{p}:<service>:delayed       ZSET    member "<type>:<key>", score due Unix ms
-- KEYS[2] sw:{p}:<service>:delayed.data  HASH    member -> packed data, only for jobs that have any
-- KEYS[3] sw:{p}:<service>:inbox         STREAM
-- ARGV[1] limit int     at most this many jobs, 1..100
-- ARGV[2] at    string  RFC 3339, the time written into the entries
--
-- Returns {"PROMOTED", n, lateness ms of the latest, ms until the next is due or -1}
-- Complexity: O(log jobs + limit).
local delayed, data, inbox = KEYS[1], KEYS[2], KEYS[3]
local limit, at = tonumber(ARGV[1]), ARGV[2]

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local due = redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'WITHSCORES', 'LIMIT', 0, limit)
local late = 0
for i = 1, #due, 2 do
  local member, score = due[i], tonumber(due[i + 1])
  late = math.max(late, now - score)
  -- One malformed job must not hold up all others: it gets an empty key.
  local split = string.find(member, ':', 1, true) or #member + 1
  local packed = redis.call('HGET', data, member)
  redis.call('XADD', inbox, '*',
    'type', string.sub(member, 1, split - 1), 'v', '1',
    'id', string.format('%s@%.0f', member, score), 'key', string.sub(member, split + 1),
    'at', at, 'data', packed or '\128')
  redis.call('ZREM', delayed, member)
  if packed then
    redis.call('HDEL', data, member)
  end
end
local next_due = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')
local wait = next_due[2] and math.max(0, tonumber(next_due[2]) - now) or -1
return { 'PROMOTED', #due / 2, late, wait }
