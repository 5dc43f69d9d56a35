--- @include now_ms
-- Puts a failed entry aside until its backoff is over. Short waits stay in the pending list: the entry
-- moves to the parking consumer "~retry" with an idle time set so that XAUTOCLAIM finds it when the
-- delay has passed. A wait longer than the lease, or one that finds the parking full, goes through the
-- delay queue: the entry is settled and comes back through the inbox. A script, because the fence (does
-- the caller still own this delivery?) and the move must be one step. A crash is never postponed: its delivery count is what leads to quarantine.
--
-- KEYS[1] sw:{p}:<stream>                STREAM
-- KEYS[2] sw:{p}:<service>:attempts      HASH    error history by "<stream>/<id>"
-- KEYS[3] sw:{p}:<service>:delayed       ZSET    member "~retry:<stream>/<id>", score due Unix ms
-- KEYS[4] sw:{p}:<service>:delayed.data  HASH    member -> MessagePack {first id, history, fields}
-- ARGV[1] group      string
-- ARGV[2] id         string  entry id
-- ARGV[3] consumer   string  who had it
-- ARGV[4] deliveries int     delivery count of the failed delivery
-- ARGV[5] lease      ms      minimum idle time of the reclaimer
-- ARGV[6] delay      ms      how long to wait; 0 always parks
-- ARGV[7] room       int     at most so many entries are parked per stream
-- ARGV[8] record     string  JSON of the error; "" when the delivery ended without one (a crash)
-- ARGV[9] count      int     delivery count to go on with: the same, or one less after an orderly
--                            hand-back, which is no crash
--
-- Returns {"PARKED"}     written
--         {"POSTPONED"}  written
--         {"GONE"}       nothing written: settled elsewhere
--         {"LOST"}       nothing written: another consumer has it
--         {"DELETED"}    the entry was deleted while it was pending; its error history goes too
-- Complexity: O(log pending + consumers + history + fields), the history bounded to 20 records.
local stream, attempts, delayed, data = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, id, consumer, deliveries = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local lease, delay, room = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local record, count = ARGV[8], tonumber(ARGV[9])

local pending = redis.call('XPENDING', stream, group, id, id, 1)[1]
if not pending then
  return { 'GONE' }
end
if pending[2] ~= consumer or pending[4] ~= deliveries then
  return { 'LOST' }
end

local field = stream .. '/' .. id
local history = redis.call('HGET', attempts, field)
if record ~= '' then
  local records = history and cjson.decode(history) or {}
  records[#records + 1] = cjson.decode(record)
  if #records > 20 then
    table.remove(records, 1)
  end
  history = cjson.encode(records)
end

local full = false
if record == '' then
  delay = math.min(delay, lease)
elseif delay > 0 and delay <= lease then
  for _, info in ipairs(redis.call('XINFO', 'CONSUMERS', stream, group)) do
    -- name, <name>, pending, <count>, ...
    full = full or (info[2] == '~retry' and info[4] >= room)
  end
end
local found = (full or delay > lease) and redis.call('XRANGE', stream, id, id)[1]
local fields = found and found[2]
-- An entry with more fields than a command in a script can hold stays where it is.
if fields and #fields < 7000 then
  local first, original = id, {}
  for i = 1, #fields, 2 do
    local name = fields[i]
    if name == 'retry.first' then
      first = fields[i + 1]
    elseif name ~= 'retry.attempts' then
      original[#original + 1] = name
      original[#original + 1] = fields[i + 1]
    end
  end
  local member = '~retry:' .. field
  local due = now_ms() + delay
  redis.call('XACK', stream, group, id)
  redis.call('HDEL', attempts, field)
  redis.call('HSET', data, member, cmsgpack.pack({ first, history or '[]', original }))
  redis.call('ZADD', delayed, string.format('%.0f', due), member)
  return { 'POSTPONED' }
end

local idle = math.max(0, lease - delay)
local moved = redis.call('XCLAIM', stream, group, '~retry', 0, id, 'IDLE', idle, 'RETRYCOUNT', count, 'JUSTID')
if #moved == 0 then
  redis.call('HDEL', attempts, field)
  return { 'DELETED' }
end
if record ~= '' then
  redis.call('HSET', attempts, field, history)
end
return { 'PARKED' }
