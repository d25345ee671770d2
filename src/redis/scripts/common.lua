-- Shared by every transition; put in front of each script.
--
-- KEYS  1 record, a hash · 2 queue, a zset: member `token request`, score arrival in µs
--       3 deadlines, a zset: member as in the queue, score the server time in ms after which the waiter is dead;
--         and `!token` of a holder that lost its lock other than by its own act, until that is forgotten
-- ARGV  1 token · 2 request · 3 lease ms · 4 grant ms · 5 channel prefix
--
-- INVARIANTS
--  a. A lock is ours when `lock` > 0, `pid` has three parts and `lease` is there. Every script that sets one sets all.
--  b. `lock` is 0 and nobody live is queued, or the lock is held, or it is left to PHP neighbours for a while.
--  c. `born`, the commit that created it, tells one life of a record from the next under the same name.
--  d. The queue only ever grows at its end: an arrival is later than every arrival in it, whatever the clock says.

local record, queue, deadlines = KEYS[1], KEYS[2], KEYS[3]
local me, my_request = ARGV[1], ARGV[2]
local lease_ms, grant_ms = tonumber(ARGV[3]), tonumber(ARGV[4])
local channel = ARGV[5]

local FORGET_LOST_MS = 60000
local PHP_POLL_MS = 500
local PHP_LATE_MS = 100
local BATCH = 16
local unpack = unpack or table.unpack

local function int(n) return string.format('%.0f', n) end

local time_ms, time_us
local function now()
  if not time_ms then
    local t = redis.call('TIME')
    time_us = t[1] * 1000000.0 + t[2]
    time_ms = t[1] * 1000.0 + math.floor(t[2] / 1000.0)
  end
  return time_ms
end

-- Under `maxmemory` Redis refuses the first growing write of a script, and none after a write that it allowed. The few
-- bytes of a lock must get through, or nobody could read a session, so a write that changes nothing goes first.
local function insist(...)
  local reply = redis.pcall(...)
  if type(reply) == 'table' and reply.err then
    redis.call('HDEL', record, '')
    return redis.call(...)
  end
  return reply
end

local function nonce_of(token) return string.match(token, '^[^|]*|[^|]*|(.+)%.%w+$') end
local my_nonce = nonce_of(me)

-- free · ours · lapsed (ours, not renewed) · php · entering (PHP took it and has not signed yet)
local function state_of(lock, pid, lease)
  if not lock or tonumber(lock) <= 0 then return 'free' end
  if not pid or not nonce_of(pid) then return 'php' end
  if not lease then return 'entering' end
  if tonumber(lease) > now() then return 'ours' end
  return 'lapsed'
end

-- A PHP neighbour writes no `since`; one that is there was left behind by a holder of ours.
local function held_for(since, pid)
  if not since or not pid or not nonce_of(pid) then return '-1' end
  return int(math.max(now() - tonumber(since), 0))
end

-- {token, request, held-ms} of whoever took the lock from the caller, as far as the record tells: of who has it, or, with
-- 'released' for held-ms, of the last that signed. Nobody has signed since where that is the caller.
local function taker(lock, pid, lease, req, since)
  if not pid or pid == me then return {'', '', '-1'} end
  local state = state_of(lock, pid, lease)
  return {pid, req or '', (state == 'free' or state == 'entering') and 'released' or held_for(since, pid)}
end

-- Queue and deadlines serve callers of different patience: what one needs is never shortened by another.
local function live_for(key, ms)
  if redis.call('PTTL', key) < ms then redis.call('PEXPIRE', key, int(ms)) end
end

local function forget_waiter(member)
  redis.call('ZREM', queue, member)
  redis.call('ZREM', deadlines, member)
end

-- Dead waiters, and lost holders that were remembered long enough.
local function prune()
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', deadlines, '-inf', int(now()))) do forget_waiter(member) end
end

-- The one that lost its lock is told, if its process listens.
local function remember_lost(token)
  prune()
  insist('ZADD', deadlines, int(now() + FORGET_LOST_MS), '!' .. token)
  live_for(deadlines, FORGET_LOST_MS)
  redis.call('PUBLISH', channel .. nonce_of(token), token)
end

-- The record outlives whoever works on it: two leases, so that a waiter finds it after a holder has died. It does not
-- outlive its absolute age, or a visitor who never rests would never be logged out.
local function outlive()
  local left, wanted = redis.call('PTTL', record), 2 * lease_ms
  if left < 0 or left >= wanted then return end
  local ends = redis.call('HGET', record, 'ends')
  if ends then wanted = math.min(wanted, tonumber(ends) - now()) end
  if wanted > left then redis.call('PEXPIRE', record, int(wanted)) end
end

local function hold(token, request, lease)
  insist('HSET', record, 'lock', '1', 'pid', token, 'req', request,
    'lease', int(now() + lease), 'since', int(now()))
  -- It may be one that lost a lock it never took up.
  redis.call('ZREM', deadlines, '!' .. token)
  outlive()
end

-- What the next holder goes on with.
local function found()
  local f = redis.call('HMGET', record, 'data', 'writes', 'touches', 'born')
  return f[1], f[2] or '0', f[3] or '0', f[4] or ''
end

-- A PHP waiter adds one to `lock` every half second, and has it when that makes one: it needs a lock that is free at that
-- moment, and handing on from Node to Node never leaves one. A `lock` above one tells that somebody polled between `since`
-- and now, so when it will again: a window. `poll` has how long our last holder kept the lock, and the windows to come,
-- `held from to from to …`. Until a window begins the lock goes from hand to hand; through it, it is left alone.
--
-- PROMISE  No PHP waiter meets three holders of ours in a row, and no two while each keeps the lock for no longer than the
--          one before. A poll that meets another PHP process is lost to all: PHP unlocks by setting `lock` to 0. So, of
--          holders shorter than its period, a waiter needs 2 (c + 1) polls, at most 3 (c + 1), where c of them meet PHP.
--          Only a holder of ours adds a window: what is left to PHP ends within a period, and the next is as far away.
--
-- `wait` is not asked: it is counted after the first poll, and never counted down for a PHP waiter that died, while one
-- that lives keeps polling.
-- `lock`, `since` and `poll` are those of the holder that unlocks, or of a free lock `poll` alone: whoever has it next may
-- keep it for as long as the last one did. Returns when the window ends that is open then, or nil.
local function leave_to_php(poll, lock, since)
  local polled = lock and tonumber(lock) > 1
  if not polled and not poll then return nil end
  local held, windows, missed = tonumber(string.match(poll or '0', '%d+')), {}, false
  if lock then held = math.max(now() - tonumber(since or now()), 0) end
  -- In order. One that a hold after the last one would reach into is part of that.
  local function add(from, to)
    local last = windows[#windows]
    if last and from <= last.to + held then last.to = to else windows[#windows + 1] = {from = from, to = to} end
  end
  for from, to in string.gmatch(poll or '', ' (%d+) (%d+)') do
    missed = missed or tonumber(from) <= now()
    if tonumber(to) > now() then add(tonumber(from), tonumber(to)) end
  end
  if polled then
    local to = now() + PHP_POLL_MS + PHP_LATE_MS
    -- Who came in vain to a window shall not do so again: a whole period has everybody's polls.
    if missed then windows = {{from = now(), to = to}} else add(now() - held + PHP_POLL_MS, to) end
  end
  local first, told = windows[1], {int(held)}
  if not first then
    redis.call('HDEL', record, 'poll')
    return nil
  end
  local opens = first.from <= now() + held
  if opens then first.from = math.min(first.from, now()) end
  for _, window in ipairs(windows) do told[#told + 1] = int(window.from) .. ' ' .. int(window.to) end
  local text = table.concat(told, ' ')
  if text ~= poll then insist('HSET', record, 'poll', text) end
  return opens and first.to or nil
end

-- Gives a free lock to the first waiter that can hear it and returns its token; or, where `my_member` is first, takes that
-- out of the queue and returns nil. A waiter of the caller's own process is told by the reply and holds at once; another
-- process is told by its channel and has `grant` ms to come. One that nobody hears is dead or cut off: it keeps its
-- place, and is passed over. PUBLISH counts who listens at this node; in a cluster every process listens at every master.
local function hand_on(my_member)
  prune()
  if redis.call('EXISTS', queue) == 0 then return nil end
  local first, unheard = 0, {}
  while true do
    local members = redis.call('ZRANGE', queue, first, first + BATCH - 1)
    for _, member in ipairs(members) do
      if member == my_member then
        forget_waiter(member)
        return nil
      end
      local token, request = string.match(member, '^(%S+) ?(.*)$')
      local nonce = nonce_of(token)
      if nonce == my_nonce then
        forget_waiter(member)
        hold(token, request, lease_ms)
        return token
      end
      if not unheard[nonce] then
        if redis.call('PUBLISH', channel .. nonce, token) > 0 then
          forget_waiter(member)
          hold(token, request, grant_ms)
          return token
        end
        unheard[nonce] = true
      end
    end
    if #members < BATCH then return nil end
    first = first + BATCH
  end
end

-- Unlocks (or has, where `is_free`), and hands on unless PHP is due. Returns the token of the next holder if it lives in the caller's process, else ''.
-- HDEL goes first: Redis allows it when memory is out, and then allows what follows.
local function unlock(lock, since, poll, is_free)
  redis.call('HDEL', record, 'lease', 'since')
  if not is_free then redis.call('HSET', record, 'lock', '0') end
  if leave_to_php(poll, lock, since) then
    local head = redis.call('ZRANGE', queue, 0, 0)[1]
    local told = head and string.match(head, '^%S+')
    if told then redis.call('PUBLISH', channel .. nonce_of(told), told) end
    return ''
  end
  local token = hand_on()
  return token and nonce_of(token) == my_nonce and token or ''
end

-- At least 1: PEXPIRE of less deletes the record at once, and whatever the script writes next makes one that never ends.
local function limit_ttl(ttl, created, absolute)
  if absolute > 0 and created then ttl = math.min(ttl, tonumber(created) + absolute - now()) end
  return math.max(ttl, 1)
end

-- Extends the TTL to `ttl` unless it is within `interval` of that already. Counts what it did in `touches`.
local function touch_record(ttl, absolute, interval, created)
  local left = redis.call('PTTL', record)
  if left < 0 then return false end
  ttl = limit_ttl(ttl, created, absolute)
  if left >= ttl or (interval > 0 and left > ttl - interval) then return false end
  redis.call('PEXPIRE', record, int(ttl))
  insist('HINCRBY', record, 'touches', 1)
  return true
end
