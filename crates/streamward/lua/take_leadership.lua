-- Takes, keeps or gives back a lead that one process of a service has at a time. A script, because
-- only its holder may renew or release it.
--
-- KEYS[1] sw:{p}:<service>:lead:<what>  STRING  the consumer that leads
-- ARGV[1] consumer string  who asks
-- ARGV[2] ttl      ms      how long the lead lasts unless it is renewed; 0 gives it back
--
-- Returns {"LEADS"}         written: the caller has it for another ttl
--         {"FOLLOWS", who}  another consumer leads, nothing written; "" when the caller gave it back,
--                           or tried to without a leader
-- Complexity: O(1).
local lead = KEYS[1]
local consumer, ttl = ARGV[1], tonumber(ARGV[2])

local holder = redis.call('GET', lead)
if ttl == 0 then
  if holder == consumer then
    redis.call('DEL', lead)
    holder = ''
  end
  return { 'FOLLOWS', holder or '' }
end
if holder and holder ~= consumer then
  return { 'FOLLOWS', holder }
end
redis.call('SET', lead, consumer, 'PX', ttl)
return { 'LEADS' }
