-- id_parts(id) -> ms, seq
-- The two numbers of a stream id "<ms>-<seq>".
local function id_parts(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end
