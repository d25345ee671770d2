-- acquire: take the lock and read, or take a place in the queue.
--
-- KEYS   1 record
-- ARGV   1–5 see common.lua · 6 patience ms · 7 maxWaiters, 0 for no limit · 8 arrival, '' the first time
--        9 token to break, '' for none · 10 its writes, '' for any · 11 sent again: 1 or 0 · 12 cursor, 0 at first
-- OUTPUT {'missing'}
--        {'gone', kind, `old` or nil}
--        {'granted', data, writes, state}
--        {'granted', data, writes, state, took-token, took-request, took-held-ms, because}: lapsed, broken, or reset by a program
--        without locks
--        {'queued', arrival, position, waiters, token, request, held-ms, kind, lease-left-ms, writes, took-token, …}
--        {'busy', waiters, token, request, held-ms}
--        {'more', cursor}: repeat with it
--        {'newer', version}
-- GUARANTEE  The lock is granted only if it was free, lapsed or broken and no live waiter is ahead. No key is created for a
--            record that is missing. A token that holds the lock already is granted again. The lapsed lock of another
--            request of the caller's process is only taken if it is named: that process knows whether its renewal is late.

-- The common case: the lock is free, and nobody waits.
do
  local f = redis.call('HMGET', KEYS[1], 'lock', 'writes', 'state', 'queue', 'poll', 'gone', 'data')
  local state = f[3]
  if f[1] == '0' and state and f[2] and not f[4] and not f[5] and not f[6] and string.find(f[2], '^%d+$')
    and string.sub(state, 1, 30) == '1 0000000000000 0000000000000 ' then
    -- Where the numbers begin: as strict as a pattern with every digit, and half as dear.
    local created, at, named, touches, born = string.match(state, '^%d+ ()%d+ ()%d+ ()%d+ ()%d+ ()%S', 31)
    local t, lease_ms = redis.call('TIME'), tonumber(ARGV[3])
    local now = t[1] * 1000.0 + math.floor(t[2] / 1000.0)
    local ends = string.sub(state, 31, 43)
    local whole = created == 45 and at == 59 and named == 73 and touches == 87 and born == 94
    if whole and (ends == '0000000000000' or tonumber(ends) > now) then
      state = string.format('1 %.0f %.0f', now + lease_ms, now) .. string.sub(state, 30)
      local reply = redis.pcall('HSET', KEYS[1], 'lock', '1', 'pid', ARGV[1], 'req', ARGV[2], 'state', state)
      -- Out of memory, or a life that ends too soon: the rest knows what to do, and finds the lock as it is now.
      if type(reply) ~= 'table' then
        local left = redis.call('PTTL', KEYS[1])
        if left < 0 or left >= 2 * lease_ms then return {'granted', f[7], f[2], state} end
      end
    end
  end
end

-- common.lua

local patience_ms, max_waiters, arrival = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local break_token, break_writes, again, cursor = ARGV[9], ARGV[10], ARGV[11] == '1', tonumber(ARGV[12])

read_record()
if r.kind == 'newer' then return {'newer', r.newer} end

local function waiter_text() return me .. ' ' .. int(now() + patience_ms) .. ' ' .. my_request end

if r.kind == 'missing' or r.kind == 'gone' then
  if r.queue and arrival and place(arrival) then
    drop({arrival})
    save_queue()
  end
  if r.kind == 'missing' then return {'missing'} end
  return {'gone', r.gone_kind, r.old_till > now() and redis.call('HGET', record, 'old')}
end

local took = {'', '', '', ''}
local function granted()
  local data, writes, state = found()
  return {'granted', data, writes, state, took[1], took[2], took[3], took[4]}
end

local function enter(n)
  local q = r.queue
  if not q then
    -- Numbers go on from the time even where an old one comes back: those in between may have been given.
    now()
    q = {head = n, tail = math.max(n, time_us), count = 0, gaps = {}, mute = ''}
    add_gap(q.gaps, n, q.tail + 1)
    r.queue = q
  elseif q.head - n > LOOKS then
    table.insert(q.gaps, 1, {from = n, to = q.head})
  else
    add_gap(q.gaps, q.tail, n)
    split_gap(n)
  end
  q.head, q.tail, q.count = math.min(q.head, n), math.max(q.tail, n), q.count + 1
  save_queue()
  insist('HSET', record, 'w:' .. int(n), waiter_text())
end

if r.queue and is_mute(my_nonce) then
  r.queue.mute = (r.queue.mute .. ' '):gsub(' ' .. my_nonce:gsub('%p', '%%%0') .. ' ', ' '):gsub(' $', '')
  save_queue()
end

local kind = holder_kind()
-- One outside of head and tail was not counted: the queue was forgotten in between.
local queued = r.queue and arrival and arrival >= r.queue.head and arrival <= r.queue.tail and place(arrival)
-- Nor was one in a gap.
if queued and split_gap(arrival) then
  r.queue.count = r.queue.count + 1
  save_queue()
end

if is_mine() then
  if queued then
    drop({arrival})
    save_queue()
  end
  renew_lease()
  return granted()
end

local named = break_token ~= '' and break_token == r.pid and (break_writes == '' or tonumber(break_writes) == r.writes)
local because
if kind == 'lapsed' and (r.damaged or named or nonce_of(r.pid) ~= my_nonce) then
  because = 'lapsed'
elseif (kind == 'ours' or kind == 'php') and named then
  because = 'broken'
end
if because then
  local nonce = nonce_of(r.pid)
  took = {r.pid, r.req, held_for(), because}
  tell(r.pid)
  -- Its process did not come for the lock: what else it waits for here is passed over until it asks.
  if r.untaken and r.queue and nonce and not is_mute(nonce) then
    r.queue.mute = (#r.queue.mute < MUTE_BYTES and r.queue.mute or '') .. ' ' .. nonce
    save_queue()
  end
  free_lock()
  kind = 'free'
elseif is_reset() then
  took = {r.pid, r.req, held_for(), 'reset'}
  note_reset()
end

local holder, holder_req, held, lease_left = r.pid, r.req, nil, nil
local left_until = kind == 'free' and leave_to_php()
if left_until then
  -- As a holder that unlocks then.
  kind, holder, holder_req, held, lease_left = 'ours', '', '', '-1', int(left_until - now())
elseif kind == 'free' then
  if r.queue and arrival and not queued then
    enter(arrival)
    queued = true
  end
  local next_one, more = hand_on(cursor, arrival)
  if more then return {'more', int(more)} end
  if not next_one or next_one == me then
    hold(me, my_request, lease_ms, false)
    return granted()
  end
  kind, holder, holder_req = 'ours', r.pid, r.req
end

if not queued then
  if not arrival and again and r.queue then
    -- The first question may have got its place, and its answer was lost.
    arrival = find_place()
    queued = arrival ~= nil
  end
end
if queued then
  insist('HSET', record, 'w:' .. int(arrival), waiter_text())
else
  if not arrival then
    if max_waiters > 0 and r.queue and r.queue.count >= max_waiters then
      -- Count again without those whose time is over, and those whose process is gone: no client listens on its channel.
      local more = walk(cursor, function(_, token, deadline)
        return deadline > now() and can_hear(nonce_of(token)) and 'keep' or 'drop'
      end)
      if more and r.queue.count >= max_waiters then return {'more', int(more)} end
    end
    if max_waiters > 0 and r.queue and r.queue.count >= max_waiters then
      return {'busy', int(r.queue.count), holder, holder_req, held or held_for()}
    end
    now()
    arrival = r.queue and r.queue.tail + 1 or time_us
  end
  enter(arrival)
end

-- The first in the queue looks more often than the others: the dead do not stay in its place.
if r.queue.head ~= arrival then
  local first = redis.call('HGET', record, 'w:' .. int(r.queue.head))
  local deadline = first and tonumber(string.match(first, '^%S+ (%d+)'))
  if not deadline or deadline <= now() then
    walk(0, function(_, _, until_ms) return until_ms > now() and 'stop' or 'drop' end)
  end
end

return {'queued', int(arrival), int(math.min(arrival - r.queue.head, r.queue.count - 1)), int(r.queue.count),
  holder, holder_req, held or held_for(), kind, lease_left or int(r.lease > 0 and r.lease - now() or 0), int(r.writes),
  took[1], took[2], took[3], took[4]}
