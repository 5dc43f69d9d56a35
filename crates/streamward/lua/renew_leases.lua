-- Renews the leases of entries whose handlers are still at work: their idle clock starts again. A
-- script, because XCLAIM ignores who owns an entry: without the fence a consumer that was believed
-- dead would steal its entries back.
--
-- KEYS[1] sw:{p}:<stream>  STREAM
-- ARGV[1] group      string
-- ARGV[2] consumer   string  who holds them
-- ARGV[3..] per entry, at most 100: id string, deliveries int
--
-- Returns {"RENEWED", {lost id...}, {gone id...}, {deleted id...}}
--   written: the leases of all others are renewed, delivery counts unchanged
--   lost: another consumer has it, nothing written
--   gone: settled elsewhere, nothing written
--   deleted: the entry was deleted while it was pending, and is no longer pending
-- Complexity: O(entries * log pending).
local stream = KEYS[1]
local group, consumer = ARGV[1], ARGV[2]

local mine, lost, gone, deleted = {}, {}, {}, {}
for i = 3, #ARGV, 2 do
  local id, deliveries = ARGV[i], tonumber(ARGV[i + 1])
  local pending = redis.call('XPENDING', stream, group, id, id, 1)[1]
  if not pending then
    gone[#gone + 1] = id
  elseif pending[2] ~= consumer or pending[4] ~= deliveries then
    lost[#lost + 1] = id
  else
    mine[#mine + 1] = id
  end
end
for _, id in ipairs(mine) do
  if #redis.call('XCLAIM', stream, group, consumer, 0, id, 'JUSTID') == 0 then
    deleted[#deleted + 1] = id
  end
end
return { 'RENEWED', lost, gone, deleted }
