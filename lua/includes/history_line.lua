-- history_line(n, kind, stream, entry) -> field, value
-- Line `n` of an order's history: "<type> <stream> <entry id>". The entry id dates it.
local function history_line(n, kind, stream, entry)
  return 'h:' .. n, kind .. ' ' .. stream .. ' ' .. entry
end
