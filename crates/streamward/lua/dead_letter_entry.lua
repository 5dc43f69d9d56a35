-- Moves an entry that cannot be handled to the dead letters: settles it for the group and keeps its
-- original fields, first id and error history. A script, so that the entry is always in exactly one
-- of the two places.
--
-- KEYS[1] sw:{p}:<stream>            STREAM
-- KEYS[2] sw:{p}:<service>:dead      STREAM  dead letters of the group
-- KEYS[3] sw:{p}:<service>:attempts  HASH    error history by "<stream>/<id>"
-- KEYS[4] sw:{p}:<service>:poison    HASH    "<type>/<hash of key and payload>" -> id of the first dead letter
-- ARGV[1] group      string
-- ARGV[2] id         string  entry id
-- ARGV[3] cause      string  why, for people
-- ARGV[4] record     string  JSON of the last error, "" for none
-- ARGV[5] at         string  RFC 3339
-- ARGV[6] deliveries int     delivery count of the failed delivery
-- ARGV[7] consumer   string  who had it
-- ARGV[8] poison     string  "<type>/<hash of key and payload>" when the entry is quarantined, else ""
-- ARGV[9..] the entry's original fields and values, in their order; the first 3900 are kept, which
--           is what a command in a script can hold, and "dead.cut" says how many were not
--
-- Returns {"DEAD_LETTERED", dead id}  written
--         {"STALE"}            nothing written: settled before
--         {"LOST"}             nothing written: another consumer has it
-- Complexity: O(fields + history).
local stream, dead, attempts, poisons = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, id, cause, record, at, deliveries = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local consumer, poison = ARGV[7], ARGV[8]

local pending = redis.call('XPENDING', stream, group, id, id, 1)[1]
if not pending then
  return { 'STALE' }
end
if pending[2] ~= consumer or pending[4] ~= tonumber(deliveries) then
  return { 'LOST' }
end

local field = stream .. '/' .. id
local history = redis.call('HGET', attempts, field)
local records = history and cjson.decode(history) or {}
if record ~= '' then
  records[#records + 1] = cjson.decode(record)
end

local original, first, lineage = {}, id, ''
local cut = 0
for i = 9, #ARGV, 2 do
  local name = ARGV[i]
  if name == 'dead.first' then
    first = ARGV[i + 1]
  elseif name == 'retry.first' then
    -- A replay is older than the postponement of what it brought back.
    first = first == id and ARGV[i + 1] or first
  elseif name == 'dead.lineage' then
    lineage = ARGV[i + 1]
  elseif #original >= 7800 then
    cut = cut + 1
  -- Names that the runtime gives are not taken from anybody else.
  elseif name ~= 'retry.attempts' and string.sub(name, 1, 5) ~= 'dead.' then
    original[#original + 1] = name
    original[#original + 1] = ARGV[i + 1]
  end
end
if cut > 0 then
  original[#original + 1] = 'dead.cut'
  original[#original + 1] = cut
end
if poison ~= '' then
  original[#original + 1] = 'dead.poison'
  original[#original + 1] = poison
end
redis.call('XACK', stream, group, id)
local dead_id = redis.call('XADD', dead, '*',
  'dead.stream', stream, 'dead.id', id, 'dead.first', first, 'dead.lineage', lineage,
  'dead.cause', cause, 'dead.at', at, 'dead.deliveries', deliveries,
  'dead.attempts', #records == 0 and '[]' or cjson.encode(records), unpack(original))
redis.call('HDEL', attempts, field)
if poison ~= '' and redis.call('HLEN', poisons) < 1000 then
  redis.call('HSETNX', poisons, poison, dead_id)
end
return { 'DEAD_LETTERED', dead_id }
