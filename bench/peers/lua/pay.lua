-- Records the payment. Keys, arguments and replies are those of create.lua.
if redis.call('HINCRBY', KEYS[1], 'pay', 1) > 1 then
  return { 'REPEATED' }
end
redis.call('HSET', KEYS[3], 'intent', 'pi_' .. ARGV[1], 'amount', 1990, 'currency', 'EUR', 'status', 'succeeded')
redis.call('HSET', KEYS[1], 'state', 'paid')
return { 'DONE' }
