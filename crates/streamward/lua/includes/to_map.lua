-- to_map(flat) -> table
-- The table of a flat list of names and values, such as XINFO returns.
local function to_map(flat)
  local map = {}
  for i = 1, #flat, 2 do
    map[flat[i]] = flat[i + 1]
  end
  return map
end
