-- Undoes a claim of an entry whose handler is still at work in the process that claimed it: the delivery
-- count, which is the handler's fence, goes back. A script, because XCLAIM ignores who owns an entry:
-- without the fence the process would steal an entry back that another one has claimed meanwhile.
--
-- KEYS[1] sw:{p}:<stream>  STREAM
-- ARGV[1] group      string
-- ARGV[2] id         string  entry id
-- ARGV[3] consumer   string  owner since the claim
-- ARGV[4] claimed    int     delivery count since the claim
-- ARGV[5] deliveries int     delivery count before the claim
--
-- Returns {"UNDONE"}   written: the delivery count is as before, and the lease starts again
--         {"LOST"}     nothing written: another consumer has the entry
--         {"GONE"}     nothing written: the entry is settled
--         {"DELETED"}  the entry was deleted while it was pending, and is no longer pending
-- Complexity: O(log pending).
local stream = KEYS[1]
local group, id, consumer = ARGV[1], ARGV[2], ARGV[3]
local claimed, deliveries = tonumber(ARGV[4]), ARGV[5]

local pending = redis.call('XPENDING', stream, group, id, id, 1)[1]
if not pending then
  return { 'GONE' }
end
if pending[2] ~= consumer or pending[4] ~= claimed then
  return { 'LOST' }
end
if #redis.call('XCLAIM', stream, group, consumer, 0, id, 'RETRYCOUNT', deliveries, 'JUSTID') == 0 then
  return { 'DELETED' }
end
return { 'UNDONE' }
