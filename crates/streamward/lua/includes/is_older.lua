--- @include id_parts
-- is_older(a, b) -> bool
-- Whether the stream id a comes before the stream id b.
local function is_older(a, b)
  local a_ms, a_seq = id_parts(a)
  local b_ms, b_seq = id_parts(b)
  return a_ms < b_ms or (a_ms == b_ms and a_seq < b_seq)
end
