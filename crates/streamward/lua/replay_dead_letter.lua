-- Hands a dead letter back to its service: its original fields go to the service's inbox, which no
-- other group reads, and the letter is deleted. A script, so that it is replayed exactly once.
--
-- KEYS[1] sw:{p}:<service>:dead   STREAM
-- KEYS[2] sw:{p}:<service>:inbox  STREAM
-- KEYS[3] sw:{p}:<service>:poison HASH    "<type>/<hash of key and payload>" -> id of the first dead letter
-- ARGV[1] id string  the dead letter's id
--
-- Returns {"REPLAYED", inbox id}  written
--         {"ABSENT"}              nothing written
-- Complexity: O(fields).
local dead, inbox, poisons = KEYS[1], KEYS[2], KEYS[3]
local id = ARGV[1]

local found = redis.call('XRANGE', dead, id, id)
if #found == 0 then
  return { 'ABSENT' }
end

local fields, original, first, lineage = found[1][2], {}, '', ''
for i = 1, #fields, 2 do
  local name, value = fields[i], fields[i + 1]
  if name == 'dead.first' then
    first = value
  elseif name == 'dead.lineage' then
    lineage = value
  elseif name == 'dead.poison' then
    -- A replay means that the cause is gone.
    redis.call('HDEL', poisons, value)
  elseif string.sub(name, 1, 5) ~= 'dead.' then
    original[#original + 1] = name
    original[#original + 1] = value
  end
end
lineage = lineage == '' and id or (lineage .. ' ' .. id)
local inbox_id = redis.call('XADD', inbox, '*', 'dead.first', first, 'dead.lineage', lineage, unpack(original))
redis.call('XDEL', dead, id)
return { 'REPLAYED', inbox_id }
