-- Opens an order: idempotency key, document, payment deadline. Every step has the same keys and arguments:
--
-- KEYS[1] order:<n>     HASH    state, document, calls and times of the order
-- KEYS[2] key:<n>       STRING  idempotency key
-- KEYS[3] payment:<n>   HASH
-- KEYS[4] open          ZSET    open orders by their deadline
-- KEYS[5..6] stock:<p>  HASH    the order's two products
-- KEYS[7] confirmed     STRING  number of confirmed orders
-- ARGV[1] order, ARGV[2] document
--
-- Returns {"DONE"} or {"REPEATED"}, which writes the number of calls and nothing else.
if redis.call('HINCRBY', KEYS[1], 'create', 1) > 1 then
  return { 'REPEATED' }
end
local time = redis.call('TIME')
redis.call('SET', KEYS[2], ARGV[1], 'NX', 'EX', 86400)
redis.call('HSET', KEYS[1], 'state', 'created', 'document', ARGV[2], 'created', time[1] * 1000000 + time[2])
redis.call('ZADD', KEYS[4], time[1] + 900, ARGV[1])
return { 'DONE' }
