--- @include to_map
-- Reads how far the slowest group of some streams is behind. A script, so that many streams are one round
-- trip, and so that no stream disappears between two commands.
--
-- KEYS[1..] sw:{p}:<stream>  STREAM
--
-- Returns {"READ", entries}  nothing written; not yet delivered and pending entries of the slowest group.
--                            A lag that the server does not know is counted up to 1000 entries, and
--                            the length of the stream stands for a longer one
-- Complexity: O(streams * groups).
local most = 0
for i = 1, #KEYS do
  local stream = KEYS[i]
  if redis.call('EXISTS', stream) == 1 then
    for _, info in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
      local group = to_map(info)
      local lag = group['lag']
      if not lag then
        local after = '(' .. group['last-delivered-id']
        lag = #redis.call('XRANGE', stream, after, '+', 'COUNT', 1000)
        if lag == 1000 then
          lag = redis.call('XLEN', stream)
        end
      end
      most = math.max(most, lag + group['pending'])
    end
  end
end
return { 'READ', most }
