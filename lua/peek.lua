#!lua flags=no-writes
-- Prints the newest entries of one or several streams as JSON, one line each, oldest first.
--
--   redis-cli -s data/redis.sock --eval lua/peek.lua 'sw:{0}:orders:placed' 'sw:{0}:orders:confirmed' , 5
--
-- KEYS[1..] sw:{p}:<stream>  STREAM
-- ARGV[1] count int          how many, 1..1000, default 10
--
-- Returns an array of JSON texts; an entry whose data cannot be decoded has "error" and "hex".
local count = math.min(math.max(tonumber(ARGV[1] or '10') or 10, 1), 1000)

-- cjson prints 14 digits; ids and times in milliseconds need more.
local function exact(value)
  if type(value) == 'table' then
    for k, v in pairs(value) do
      value[k] = exact(v)
    end
  elseif type(value) == 'number' and value == math.floor(value) and math.abs(value) >= 1e13 then
    return string.format('%.0f', value)
  end
  return value
end

local function hex(bytes)
  return (string.gsub(string.sub(bytes, 1, 64), '.', function(c)
    return string.format('%02x', string.byte(c))
  end))
end

-- By the millisecond in their ids; the numbers behind it count within one stream.
local entries = {}
for _, stream in ipairs(KEYS) do
  local found = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', count)
  for n = #found, 1, -1 do
    local ms = tonumber(string.match(found[n][1], '^%d+'))
    entries[#entries + 1] = { ms = ms, place = #entries, entry = found[n] }
  end
end
table.sort(entries, function(a, b)
  return a.ms < b.ms or (a.ms == b.ms and a.place < b.place)
end)

local lines = {}
for n = math.max(#entries - count, 0) + 1, #entries do
  local entry, shown = entries[n].entry, {}
  shown.entry = entry[1]
  for i = 1, #entry[2], 2 do
    local name, value = entry[2][i], entry[2][i + 1]
    if name == 'data' then
      local ok, data = pcall(cmsgpack.unpack, value)
      if ok then
        shown.data = exact(data)
      else
        shown.error = tostring(data)
        shown.hex = hex(value)
      end
    else
      shown[name] = value
    end
  end
  -- A map with far-apart numbers as keys is more than cjson can show.
  local ok, line = pcall(cjson.encode, shown)
  lines[#lines + 1] = ok and line or cjson.encode({ entry = entry[1], error = tostring(line) })
end
return lines
