--- @include to_map
-- Records which layout the data of a partition has. Data of layout 1, one stream per context, is upgraded
-- when no group has anything left to do in it: its streams are deleted. A script, because no entry may be
-- written or read between the look and the deletion.
--
-- KEYS[1] sw:{p}:meta          HASH    "layout" -> version
-- KEYS[2..] sw:{p}:<context>   STREAM  those of layout 1
-- ARGV[1] layout int  the one that this version reads and writes
--
-- Returns {"CLAIMED"}                    written
--         {"KNOWN"}                      written: only what is left of layout 1 is deleted
--         {"OTHER", layout}              nothing written: it has another one
--         {"UNSETTLED", stream, group}   nothing written: the group has something left to do in the stream
-- Complexity: O(streams * groups).
local meta, layout = KEYS[1], ARGV[1]

local found = redis.call('HGET', meta, 'layout')
if found and found ~= layout then
  return { 'OTHER', found }
end
-- Looked for in data of this layout too: a process of the version before may have gone on.
for i = 2, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then
    local last = to_map(redis.call('XINFO', 'STREAM', KEYS[i]))['last-generated-id']
    for _, info in ipairs(redis.call('XINFO', 'GROUPS', KEYS[i])) do
      local group = to_map(info)
      if group['pending'] > 0 or group['last-delivered-id'] ~= last then
        return { 'UNSETTLED', KEYS[i], group['name'] }
      end
    end
  end
end
for i = 2, #KEYS do
  redis.call('DEL', KEYS[i])
end
if found then
  return { 'KNOWN' }
end
redis.call('HSET', meta, 'layout', layout)
return { 'CLAIMED' }
