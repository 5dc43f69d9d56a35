--- @include is_older
--- @include to_map
-- Trims a stream up to what every group has settled, and no younger than the retention. A script,
-- because the slowest group must not move between the look and the cut.
--
-- KEYS[1] sw:{p}:<stream>  STREAM
-- ARGV[1] horizon string   "<ms>-0": entries from here on are kept whatever the groups say
-- ARGV[2] group   string   a group of the stream's; while it is missing nothing is trimmed, because
--                          its position is unknown. "" when the caller has none
--
-- Returns {"TRIMMED", n}
-- Complexity: O(groups + trimmed), approximate trimming (whole nodes).
local stream = KEYS[1]
local horizon, own = ARGV[1], ARGV[2]

if redis.call('EXISTS', stream) == 0 then
  return { 'TRIMMED', 0 }
end
local keep_from, found = horizon, own == ''
for _, info in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
  local group = to_map(info)
  found = found or group['name'] == own
  local settled = group['last-delivered-id']
  if group['pending'] > 0 then
    settled = redis.call('XPENDING', stream, group['name'])[2]
  end
  if is_older(settled, keep_from) then
    keep_from = settled
  end
end
if not found then
  return { 'TRIMMED', 0 }
end
return { 'TRIMMED', redis.call('XTRIM', stream, 'MINID', '~', keep_from) }
