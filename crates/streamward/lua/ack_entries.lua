-- Acknowledges deliveries that are done, each fenced: only while the entry belongs to the caller with
-- the delivery count it was handled under. A script, because look, acknowledgement and the end of the
-- error history must be one step, and because a consumer that was believed dead must change nothing.
--
-- KEYS[1] sw:{p}:<stream>            STREAM
-- KEYS[2] sw:{p}:<service>:attempts  HASH    error history by "<stream>/<id>"
-- ARGV[1] group      string
-- ARGV[2] consumer   string  who had them
-- ARGV[3..] per entry, at most 256: id string, deliveries int; fastest in the order of the ids
--
-- Returns {"SETTLED", {lost id...}, {gone id...}}
--   written: all others are acknowledged, and their error histories forgotten
--   lost: another consumer has it, nothing written
--   gone: settled before, nothing written
-- Complexity: O(entries * log pending).
local stream, attempts = KEYS[1], KEYS[2]
local group, consumer = ARGV[1], ARGV[2]

-- One look finds nearly all of them; what it misses is looked up alone.
local held = {}
local look = #ARGV > 2 and redis.call('XPENDING', stream, group, ARGV[3], ARGV[#ARGV - 1], 512, consumer) or {}
for _, pending in ipairs(look) do
  held[pending[1]] = pending[4]
end
local mine, lost, gone = {}, {}, {}
for i = 3, #ARGV, 2 do
  local id, deliveries = ARGV[i], tonumber(ARGV[i + 1])
  local count = held[id]
  if not count then
    local pending = redis.call('XPENDING', stream, group, id, id, 1)[1]
    if not pending then
      gone[#gone + 1] = id
    elseif pending[2] == consumer then
      count = pending[4]
    else
      lost[#lost + 1] = id
    end
  end
  if count == deliveries then
    mine[#mine + 1] = id
  elseif count then
    lost[#lost + 1] = id
  end
end
if #mine > 0 then
  redis.call('XACK', stream, group, unpack(mine))
  -- A service without failures has no histories to forget.
  if redis.call('EXISTS', attempts) == 1 then
    for i, id in ipairs(mine) do
      mine[i] = stream .. '/' .. id
    end
    redis.call('HDEL', attempts, unpack(mine))
  end
end
return { 'SETTLED', lost, gone }
