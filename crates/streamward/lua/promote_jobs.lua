--- @include now_ms
-- Promotes due jobs of a delay queue into the service's inbox. A script, so that a job is in the
-- queue or in the inbox, never in both or neither.
--
-- KEYS[1] sw:{p}:<service>:delayed       ZSET    member "<type>:<key>", score due Unix ms; a postponed
--                                                entry is "~retry:<stream>/<id>"
-- KEYS[2] sw:{p}:<service>:delayed.data  HASH    member -> packed data, only for jobs that have any; of
--                                                a postponed entry {first id, history, fields}
-- KEYS[3] sw:{p}:<service>:inbox         STREAM
-- KEYS[4] sw:{p}:<service>:attempts      HASH    error history by "<stream>/<id>"
-- ARGV[1] limit int     at most this many jobs, 1..100
-- ARGV[2] at    string  RFC 3339, the time written into the entries
--
-- Returns {"PROMOTED", n, lateness ms of the latest, ms until the next is due or -1}
-- Complexity: O(log jobs + limit).
local delayed, data, inbox, attempts = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local limit, at = tonumber(ARGV[1]), ARGV[2]

-- What park_entries.lua packed, nil when it is something else: one malformed job must not hold up all others.
local function postponed(packed)
  local ok, job = pcall(cmsgpack.unpack, packed or '')
  if not ok or type(job) ~= 'table' or type(job[1]) ~= 'string' then
    return nil
  end
  local first, history, fields = job[1], job[2], job[3]
  local decoded, records = pcall(cjson.decode, history)
  if not decoded or type(records) ~= 'table' or type(fields) ~= 'table' then
    return nil
  end
  if #fields == 0 or #fields % 2 == 1 or #fields > 7000 then
    return nil
  end
  for _, field in ipairs(fields) do
    if type(field) ~= 'string' then
      return nil
    end
  end
  return { first = first, records = records, history = history, fields = fields }
end

local function promote_entry(job)
  local last = job.records[#job.records]
  local attempt = type(last) == 'table' and tonumber(last.attempt) or 0
  local id = redis.call('XADD', inbox, '*', 'retry.first', job.first, 'retry.attempts', attempt, unpack(job.fields))
  if last then
    redis.call('HSET', attempts, inbox .. '/' .. id, job.history)
  end
end

local function promote_job(member, score, packed)
  -- A job without a key is malformed as well: it gets an empty one.
  local split = string.find(member, ':', 1, true) or #member + 1
  redis.call('XADD', inbox, '*',
    'type', string.sub(member, 1, split - 1), 'v', '1',
    'id', string.format('%s@%.0f', member, score), 'key', string.sub(member, split + 1),
    'at', at, 'data', packed or '\128')
end

local now = now_ms()
local due = redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'WITHSCORES', 'LIMIT', 0, limit)
local late = 0
for i = 1, #due, 2 do
  local member, score = due[i], tonumber(due[i + 1])
  late = math.max(late, now - score)
  local packed = redis.call('HGET', data, member)
  local job = string.sub(member, 1, 7) == '~retry:' and postponed(packed)
  if job then
    promote_entry(job)
  else
    promote_job(member, score, packed)
  end
  redis.call('ZREM', delayed, member)
  if packed then
    redis.call('HDEL', data, member)
  end
end
local next_due = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')
local wait = next_due[2] and math.max(0, tonumber(next_due[2]) - now) or -1
return { 'PROMOTED', #due / 2, late, wait }
