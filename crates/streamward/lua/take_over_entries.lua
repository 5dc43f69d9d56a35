-- Takes the pending entries of a dead consumer and makes them due at once; retires the consumer
-- when it has none left. A script, because "dead", "has nothing pending" and "delete" must hold at
-- the same moment: XGROUP DELCONSUMER destroys what is pending.
--
-- KEYS[1] sw:{p}:<stream>                      STREAM
-- KEYS[2] sw:{p}:<service>:alive:<consumer>    STRING  present while the consumer lives
-- ARGV[1] group    string
-- ARGV[2] consumer string  the one that may be dead
-- ARGV[3] lease    ms      idle time that makes an entry due
-- ARGV[4] limit    int     at most this many entries, 1..100
--
-- Returns {"ALIVE"}           nothing written
--         {"TAKEN", n, lost}  n entries moved to "~retry", due now, delivery counts unchanged; as
--                             many as lost had been deleted and are no longer pending
--         {"RETIRED"}         nothing was pending; the consumer is deleted
-- Complexity: O(limit * log pending).
local stream, alive = KEYS[1], KEYS[2]
local group, consumer, lease, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

if redis.call('EXISTS', alive) == 1 then
  return { 'ALIVE' }
end

local pending = redis.call('XPENDING', stream, group, '-', '+', limit, consumer)
if #pending == 0 then
  redis.call('XGROUP', 'DELCONSUMER', stream, group, consumer)
  return { 'RETIRED' }
end
local ids = {}
for i, entry in ipairs(pending) do
  ids[i] = entry[1]
end
ids[#ids + 1] = 'IDLE'
ids[#ids + 1] = lease
ids[#ids + 1] = 'JUSTID'
local moved = redis.call('XCLAIM', stream, group, '~retry', 0, unpack(ids))
return { 'TAKEN', #moved, #pending - #moved }
