-- emit(stream, kind, key, id, at, tp, data[, entry]) -> entry id
-- Appends an event: the readable fields, then the packed message. Redis chooses the entry's id unless
-- `entry` is given.
local function emit(stream, kind, key, id, at, tp, data, entry)
  return redis.call('XADD', stream, entry or '*',
    'type', kind, 'v', '1', 'id', id, 'key', key, 'at', at, 'tp', tp, 'data', data)
end
