-- history(n, kind, stream, entry) -> field, value
-- One line of an order's history: "<type> <stream> <entry id>". The entry's id dates it.
local function history(n, kind, stream, entry)
  return 'h:' .. n, kind .. ' ' .. stream .. ' ' .. entry
end
