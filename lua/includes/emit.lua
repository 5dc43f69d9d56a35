-- emit(stream, kind, key, id, at, tp, data) -> entry id
-- Appends an event: the readable fields, then the packed message.
local function emit(stream, kind, key, id, at, tp, data)
  return redis.call('XADD', stream, '*', 'type', kind, 'v', '1', 'id', id, 'key', key, 'at', at, 'tp', tp, 'data', data)
end
