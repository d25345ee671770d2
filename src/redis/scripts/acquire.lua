-- acquire: take the lock and read, or take a place in the queue.
--
-- KEYS   1 record · 2 queue · 3 deadlines
-- ARGV   1–5 see common.lua · 6 patience ms · 7 maxWaiters, 0 for no limit · 8 arrival, '' the first time
--        9 token to break, '' for none · 10 its writes, '' for any
-- OUTPUT {'missing'}
--        {'granted', data, writes, touches, born, took-token, took-request, took-held-ms, because}
--        {'queued', arrival, position, waiters, token, request, held-ms, kind, lease-left-ms, writes, took-token, …}
--        {'busy', waiters, token, request, held-ms}
-- GUARANTEE  The lock is granted only if it was free, lapsed or broken and nobody live is queued ahead. No key is created
--            for a record that is missing. A token that holds the lock already is granted again. The lapsed lock of another
--            request of the caller's process is only taken if it is named: that process knows whether its renewal is late.

local patience_ms, max_waiters, arrival = tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8]
local break_token, break_writes = ARGV[9], ARGV[10]
local my_member = me .. ' ' .. my_request

local f = redis.call('HMGET', record, 'lock', 'pid', 'lease', 'writes', 'data', 'touches', 'req', 'since', 'poll',
  'born')
local lock, pid, lease, writes, data, touches, req, since = f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8]
local poll, born = f[9], f[10]

if not lock and not writes and not data then
  if arrival ~= '' then redis.call('DEL', queue, deadlines) end
  return {'missing'}
end

local took = {'', '', '', ''}
local function granted()
  return {'granted', data, writes or '0', touches or '0', born or '', took[1], took[2], took[3], took[4]}
end

if pid == me and lock and tonumber(lock) > 0 and lease then
  insist('HSET', record, 'lease', int(now() + lease_ms))
  outlive()
  return granted()
end

local state = state_of(lock, pid, lease)
local named = break_token ~= '' and break_token == (pid or '') and (break_writes == '' or break_writes == (writes or '0'))
local because
if state == 'lapsed' and (named or nonce_of(pid) ~= my_nonce) then
  because = 'lapsed'
elseif (state == 'ours' or state == 'php') and named then
  because = 'broken'
end
if because then
  took = {pid or '', req or '', held_for(since, pid), because}
  if state ~= 'php' then remember_lost(pid) end
  redis.call('HDEL', record, 'lease', 'since')
  insist('HSET', record, 'lock', '0')
  state = 'free'
end

local left_until = state == 'free' and leave_to_php(poll)
if left_until then
  -- As a holder that lets go then.
  state, pid, req, since, lease = 'ours', '', '', nil, left_until
elseif state == 'free' then
  local ahead = hand_on(my_member)
  if not ahead then
    hold(me, my_request, lease_ms)
    return granted()
  end
  f = redis.call('HMGET', record, 'pid', 'req', 'lease', 'since')
  pid, req, lease, since, state = f[1], f[2], f[3], f[4], 'ours'
end

prune()
local queued = redis.call('ZSCORE', queue, my_member)
if not queued then
  if arrival == '' then
    local waiters = redis.call('ZCARD', queue)
    if max_waiters > 0 and waiters >= max_waiters then
      -- Count again without those whose process is gone; nobody listens on its channel any more.
      local heard = {}
      for _, member in ipairs(redis.call('ZRANGE', queue, 0, -1)) do
        local nonce = nonce_of(string.match(member, '^%S+'))
        if heard[nonce] == nil then
          heard[nonce] = nonce == my_nonce or redis.call('PUBSUB', 'NUMSUB', channel .. nonce)[2] > 0
        end
        if not heard[nonce] then waiters = waiters - 1 end
      end
    end
    if max_waiters > 0 and waiters >= max_waiters then
      return {'busy', int(waiters), pid or '', req or '', held_for(since, pid)}
    end
    local last = redis.call('ZRANGE', queue, -1, -1, 'WITHSCORES')
    now()
    arrival = int(math.max(time_us, last[2] and tonumber(last[2]) + 1 or 0))
  end
  insist('ZADD', queue, arrival, my_member)
else
  arrival = queued
end
insist('ZADD', deadlines, int(now() + patience_ms), my_member)
live_for(queue, 2 * patience_ms)
live_for(deadlines, 2 * patience_ms)

return {'queued', arrival, int(redis.call('ZRANK', queue, my_member)), int(redis.call('ZCARD', queue)),
  pid or '', req or '', held_for(since, pid), state, lease and int(tonumber(lease) - now()) or '0', writes or '0',
  took[1], took[2], took[3], took[4]}
