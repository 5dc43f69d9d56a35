--- @include emit
-- Resends an event to the service that missed it, so that the service's own script repairs the drift. A
-- script, because an order that has moved on meanwhile needs no event.
--
-- KEYS[1] sw:{p}:order:<id>       HASH
-- KEYS[2] sw:{p}:<context>:<id>   HASH    the one with the drift
-- KEYS[3] sw:{p}:<service>:inbox  STREAM
-- KEYS[4] sw:{p}:audit:repairs    STREAM
-- ARGV[1] n       int     history lines of the order when the drift was seen
-- ARGV[2] status  string  its status then
-- ARGV[3] field   string  the one with the drift
-- ARGV[4] value   string  its value then; "" when absent
-- ARGV[5] kind    string  the event's type
-- ARGV[6] event id, ARGV[7] at, ARGV[8] tp
-- ARGV[9] order   string
-- ARGV[10] event  bytes   packed
-- ARGV[11] rule   int     the broken rule
-- ARGV[12] by     string  actor
-- ARGV[13] only   string  "look" writes nothing
--
-- Returns {"WRITTEN", before, after}  written
--         {"LOOKED", before, after}   nothing written: the proposed values
--         {"MOVED"}                   nothing written: the state changed since it was read
-- Complexity: O(1).
local order_key, subject, inbox, repairs = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local n, status, field, value = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local kind, event, at, tp, order, data = ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10]
local rule, by, only = ARGV[11], ARGV[12], ARGV[13]

local now = redis.call('HMGET', order_key, 'n', 'status')
local there = redis.call('HGET', subject, field) or ''
if now[1] ~= n or now[2] ~= status or there ~= value then
  return { 'MOVED' }
end
local before = field .. ' ' .. (value == '' and 'absent' or value) .. ', order ' .. status
local after = kind .. ' sent to ' .. inbox
if only == 'look' then
  return { 'LOOKED', before, after }
end
emit(inbox, kind, order, event, at, tp, data)
redis.call('XADD', repairs, '*', 'at', at, 'by', by, 'rule', rule, 'key', subject, 'before', before, 'after', after)
return { 'WRITTEN', before, after }
