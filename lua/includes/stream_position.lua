--- @include to_map
-- stream_position(stream) -> last entry id, number of entries ever added
-- The number of added entries shows whether a reader missed any.
local function stream_position(stream)
  if redis.call('EXISTS', stream) == 0 then
    return '0-0', 0
  end
  local info = to_map(redis.call('XINFO', 'STREAM', stream))
  return info['last-generated-id'], info['entries-added']
end
