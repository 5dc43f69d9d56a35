--- @include emit
-- Records that the customer was notified, after sending. A script, so that mark, event and settling are
-- one step: a crash before it repeats the message, a crash after it does not.
--
-- KEYS[1] sw:{p}:<stream>                     STREAM  the cause's
-- KEYS[2] sw:{p}:notification:sent:<order>    HASH    "<kind>:<channel>[:<which>]" -> RFC 3339
-- KEYS[3] sw:{p}:notifications                prefix
-- ARGV[1] group, ARGV[2] entry id, ARGV[3] event id, ARGV[4] at, ARGV[5] tp
-- ARGV[6] order string
-- ARGV[7..] channels  mark string, event bytes: per channel, NotificationSent packed
--
-- Returns {"MARKED"}  written, except for channels marked before
--         {"STALE"}   nothing written: settled before
-- Complexity: O(channels).
local delivered, sent, notifications = KEYS[1], KEYS[2], KEYS[3]
local group, id, event, at, tp, order = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

if redis.call('XACK', delivered, group, id) == 0 then
  return { 'STALE' }
end
for i = 7, #ARGV, 2 do
  if redis.call('HSETNX', sent, ARGV[i], at) == 1 then
    emit(notifications .. ':sent', 'NotificationSent', order, event, at, tp, ARGV[i + 1])
  end
end
return { 'MARKED' }
