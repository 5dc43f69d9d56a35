--- @include emit
-- Records that the customer was notified over one of several channels while another one failed; the
-- delivery stays pending. A script, so that mark and event are one step.
--
-- KEYS[1] sw:{p}:notification:sent:<order>    HASH    "<kind>:<channel>[:<which>]" -> RFC 3339
-- KEYS[2] sw:{p}:notifications                prefix
-- ARGV[1] event id, ARGV[2] at, ARGV[3] tp
-- ARGV[4] order  string
-- ARGV[5] mark   string
-- ARGV[6] event  bytes   NotificationSent packed
--
-- Returns {"NOTED"}   written
--         {"KNOWN"}   nothing written: marked before
-- Complexity: O(1).
local sent, notifications = KEYS[1], KEYS[2]
local event, at, tp, order, mark, message = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

if redis.call('HSETNX', sent, mark, at) == 0 then
  return { 'KNOWN' }
end
emit(notifications .. ':sent', 'NotificationSent', order, event, at, tp, message)
return { 'NOTED' }
