-- Deletes a dead letter for good; if it was poison, entries like it are tried again. A script, because
-- the mark must go with the letter that explains it.
--
-- KEYS[1] sw:{p}:<service>:dead    STREAM
-- KEYS[2] sw:{p}:<service>:poison  HASH    "<type>/<hash of key and payload>" -> id of the first dead letter
-- ARGV[1] id string  the dead letter's id
--
-- Returns {"DISCARDED"}  written
--         {"ABSENT"}     nothing written
-- Complexity: O(fields).
local dead, poisons = KEYS[1], KEYS[2]
local id = ARGV[1]

local found = redis.call('XRANGE', dead, id, id)[1]
if not found then
  return { 'ABSENT' }
end
local fields = found[2]
for i = 1, #fields, 2 do
  if fields[i] == 'dead.poison' then
    redis.call('HDEL', poisons, fields[i + 1])
  end
end
redis.call('XDEL', dead, id)
return { 'DISCARDED' }
