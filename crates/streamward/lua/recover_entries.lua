-- Makes entries due now that are pending for a consumer but handled nowhere: a broken read or a crashed
-- role lost them. A script, because between the consumer's look and this call they may have been claimed
-- or parked: only what still belongs to the consumer is moved, delivery counts unchanged.
--
-- KEYS[1] sw:{p}:<stream>  STREAM
-- ARGV[1] group      string
-- ARGV[2] consumer   string  who lost them
-- ARGV[3] lease      ms      idle time that makes an entry due
-- ARGV[4..] id       string  at most 100 entries
--
-- Returns {"RECOVERED", n, deleted}  n entries moved to "~retry", due now; as many as deleted had been
--                                    deleted and are no longer pending; all others are left alone
-- Complexity: O(entries * log pending).
local stream = KEYS[1]
local group, consumer, lease = ARGV[1], ARGV[2], ARGV[3]

local moved, deleted = 0, 0
for i = 4, #ARGV do
  local id = ARGV[i]
  local pending = redis.call('XPENDING', stream, group, id, id, 1)[1]
  if pending and pending[2] == consumer then
    if #redis.call('XCLAIM', stream, group, '~retry', 0, id, 'IDLE', lease, 'JUSTID') == 1 then
      moved = moved + 1
    else
      deleted = deleted + 1
    end
  end
end
return { 'RECOVERED', moved, deleted }
