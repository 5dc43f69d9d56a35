--- @include emit
--- @include id_parts
--- @include is_older
--- @include now_ms
--- @include stream_position
-- emit_in_order(topics, n, kind, key, id, at, tp, data) -> entry id
-- Appends an event to the topic `topics[n]` under an id that is greater than every id in all of them, so
-- that a reader of several topics can tell the later of two events by their ids.
local function emit_in_order(topics, n, kind, key, id, at, tp, data)
  local last = '0-0'
  for _, topic in ipairs(topics) do
    local position = stream_position(topic)
    if is_older(last, position) then
      last = position
    end
  end
  local ms, seq = id_parts(last)
  local now = now_ms()
  local entry = string.format('%.0f-%.0f', math.max(now, ms), now > ms and 0 or seq + 1)
  return emit(topics[n], kind, key, id, at, tp, data, entry)
end
