--- @include to_map
-- Reads how far the slowest group of some streams is behind. A script, so that many streams are one round
-- trip, and so that no stream disappears between two commands.
--
-- KEYS[1..] sw:{p}:<stream>  STREAM
--
-- Returns {"READ", entries}  nothing written; not yet delivered and pending entries of the slowest group.
--                            The length of the stream stands for a lag that the server does not know
-- Complexity: O(streams * groups).
local most = 0
for i = 1, #KEYS do
  local stream = KEYS[i]
  if redis.call('EXISTS', stream) == 1 then
    for _, info in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
      local group = to_map(info)
      local lag = group['lag'] or redis.call('XLEN', stream)
      most = math.max(most, lag + group['pending'])
    end
  end
end
return { 'READ', most }
