-- position(stream) -> last id, entries ever added
-- Where a stream stands; how many were added shows whether a reader has missed any.
local function position(stream)
  if redis.call('EXISTS', stream) == 0 then
    return '0-0', 0
  end
  local info, found = redis.call('XINFO', 'STREAM', stream), {}
  for i = 1, #info, 2 do
    found[info[i]] = info[i + 1]
  end
  return found['last-generated-id'], found['entries-added']
end
