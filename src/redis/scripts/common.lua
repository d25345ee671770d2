-- Shared by every transition. Takes the place of the line `-- common.lua` in each script.
--
-- KEYS  1 the record: everything of one session
-- ARGV  1 token · 2 request · 3 lease ms · 4 grant ms · 5 channel prefix
--
-- FORMAT  In every edition `state` and `gone` begin with the version's digits, and something that is no digit follows or nothing.
--         A record with a higher version than ours is left alone.
--         Fields of the record beside `data`, `lock`, `pid`, `writes`, `req` and `wait`, which are PHP's as well. All times are
--         the server's, in ms. Numbers in `state` have a fixed width, so that the common case cuts them out by position.
--  state  `1F<lease> <since> <ends> <created> <at> <touches> <born> <id> …`
--           1        version of this format
--           F        `g` while the lock is granted and not yet taken up, else a blank
--           lease    until when the holder is believed alive, 0 without a holder
--           since    when it got the lock
--           ends     the absolute end of the session, 0 for none
--           created  when the session began
--           at       when the request that committed last got its lock
--           touches  touches so far
--           born     the commit that created the record: it tells one life from the next under the same name. `-` for PHP's.
--                    It ends in `+n` where the session got this id by `regenerate`, after n writes and touches; 9 for more
--           id …     the latest commits, newest first: those of the last RECENT_MS, as many as IDS_BYTES hold; where nobody waits,
--                    eight. It has all commits of the last n versions, where n is its length
--  queue  `head tail count gap … nonce …`: the numbers of the waiters lie between head and tail. A gap `from>to` says that nobody
--         waits between these two: a waiter that came back to an old place leaves one behind it. The processes named last let
--         a grant lapse, and are passed over until one of their waiters asks again. Missing while nobody waits.
--  w:<n>  one waiter: `token deadline request`
--  poll   when PHP waiters poll, see `leave_to_php`
--  gone   `1 kind until old-until`: a tombstone. With kind `login`, `old` has the data from before, until old-until.
--
-- INVARIANTS
--  a. A lock is ours when `lock` > 0, `pid` has three parts and lease > 0. Every script that sets one sets all.
--  b. `lock` is 0 and no live waiter is queued, or it is held, or it is left to PHP neighbours for a while.
--  c. A number is given once: a fresh queue counts from the time in µs, so a waiter that was taken out can come back to its place.
--  d. No step visits more than LOOKS waiters. Where that was not enough it answers a cursor, and the caller repeats it from there.
--     All fields are listed only for a queue of LOOKS waiters at most, or for a hole that no gap tells of; a gap tells of it then.

local record, me, my_request = KEYS[1], ARGV[1], ARGV[2]
local lease_ms, grant_ms = tonumber(ARGV[3]), tonumber(ARGV[4])
local channel = ARGV[5]

local PHP_POLL_MS = 500
local PHP_LATE_MS = 100
local LOOKS = 128
-- As many as `queue` keeps: those nearest to the head.
local GAPS = 16
local BATCH = 16
-- A commit is sent again within a second or two.
local RECENT_MS = 10000
local IDS_BYTES = 400
-- Larger data is read by the waiter itself: a message goes to every node of a cluster.
local MESSAGE_BYTES = 8192
-- Of the names of processes in `queue`.
local MUTE_BYTES = 512
local unpack = unpack or table.unpack

local function int(n) return string.format('%.0f', n) end
local function stamp(n) return n == 0 and '0000000000000' or string.format('%013.0f', n) end

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
-- bytes of a lock must get through, or no session could be read, so a write that changes nothing goes first.
local function insist(...)
  local reply = redis.pcall(...)
  if type(reply) == 'table' and reply.err then
    redis.call('HDEL', record, '')
    return redis.call(...)
  end
  return reply
end

local function nonce_of(token) return token and string.match(token, '^[^|]*|[^|]*|(.+)%.%w+$') end
local my_nonce = nonce_of(me)

-- What is no whole number counts as 0, and is put right by the next write. So it is in record.ts.
local MOST = 9007199254740991
local function count_of(text)
  local n = text and string.find(text, '^%d+$') and tonumber(text) or 0
  return n <= MOST and n or 0
end

-- The record as it is now, kept up to date by what this script does.
local r = {}

-- record.ts takes the same for a state, and acquire.lua and commit.lua for the common case.
local STAMP = string.rep('%d', 13)
local STATE = '^1([ g])(' .. STAMP .. ') (' .. STAMP .. ') ((' .. STAMP .. ') (' .. STAMP .. ') (' .. STAMP .. ') (%d%d%d%d%d%d) (%S+)(.*))$'

-- The version that `state` or `gone` begins with, if it is not ours; nil for ours and for what is damaged.
local function newer_version(text)
  local version = string.match(text, '^%d+')
  return version and tonumber(version) > 1 and version or nil
end

local function parse_state(text)
  r.untaken, r.lease, r.since, r.ends, r.created, r.at, r.touches, r.born, r.ids = false, 0, 0, 0, 0, 0, 0, '-', ''
  r.tail = nil
  if not text then return end
  local flag, lease, since, tail, ends, created, at, touches, born, ids = string.match(text, STATE)
  if flag then
    r.untaken, r.lease, r.since, r.ends, r.created = flag == 'g', tonumber(lease), tonumber(since), tonumber(ends), tonumber(created)
    r.at, r.touches, r.born, r.ids, r.tail = tonumber(at), tonumber(touches), born, ids, tail
    return
  end
  r.newer = newer_version(text)
  r.damaged = not r.newer
end

local function parse_queue(text)
  r.queue = nil
  if not text then return end
  local head, tail, count, mute = string.match(text, '^(%d+) (%d+) (%d+)(.*)$')
  if not head or math.max(tonumber(head), tonumber(tail)) > MOST then return end
  local gaps = {}
  if string.find(mute, '>', 1, true) then
    mute = string.gsub(mute, ' (%d+)>(%d+)', function(from, to)
      gaps[#gaps + 1] = {from = tonumber(from), to = tonumber(to)}
      return ''
    end)
  end
  r.queue = {head = tonumber(head), tail = tonumber(tail), count = tonumber(count), gaps = gaps, mute = mute}
end

-- Reads the record. What it is stands in `r.kind` afterwards:
--   missing · newer (another version of this format) · gone (a tombstone) · session
local function read_record()
  local f = redis.call('HMGET', record, 'lock', 'pid', 'writes', 'req', 'state', 'queue', 'poll', 'gone', 'wait')
  r.lock, r.pid, r.writes, r.req, r.poll = count_of(f[1]), f[2] or '', count_of(f[3]), f[4] or '', f[7]
  r.gone, r.php_waiters = f[8], f[9]
  parse_state(f[5])
  parse_queue(f[6])
  r.newer = r.newer or r.gone and newer_version(r.gone)
  if r.newer then
    r.kind = 'newer'
  elseif r.gone then
    local kind, till, old_till = string.match(r.gone, '^1 (%a+) (%d+) (%d+)$')
    r.gone_kind, r.old_till = kind or 'destroyed', tonumber(old_till or 0)
    local foreign = not nonce_of(r.pid)
    if foreign and redis.call('HEXISTS', record, 'data') == 1 then
      -- PHP has begun a new session here.
      r.kind = 'session'
      r.revived = true
      parse_state(nil)
    elseif foreign and r.lock > 0 then
      r.kind = 'session'
    elseif tonumber(till or 0) > now() then
      r.kind = 'gone'
    else
      r.kind = 'missing'
    end
  elseif r.ends > 0 and r.ends <= now() then
    r.kind = 'missing'
  elseif f[1] or f[3] or f[5] or redis.call('HEXISTS', record, 'data') == 1 then
    r.kind = 'session'
  else
    r.kind = 'missing'
  end
end

-- A session that PHP began in the place of a tombstone is an ordinary one from the first write of ours on.
local function bury_nothing()
  if not r.revived then return end
  redis.call('HDEL', record, 'gone', 'old', 'state')
  r.revived, r.gone = nil, nil
end

-- `tail` is what stands behind the lease, as it was read; a step that changes something there sets it to nil.
local function state_text()
  r.tail = r.tail or stamp(r.ends) .. ' ' .. stamp(r.created) .. ' ' .. stamp(r.at) .. ' ' ..
    string.format('%06.0f', math.min(r.touches, 999999)) .. ' ' .. r.born .. r.ids
  return '1' .. (r.untaken and 'g' or ' ') .. stamp(r.lease) .. ' ' .. stamp(r.since) .. ' ' .. r.tail
end

-- free · ours · lapsed (ours, not renewed) · php · entering (PHP took it and has not signed yet)
local function holder_kind()
  if r.lock <= 0 then return 'free' end
  if not nonce_of(r.pid) then return 'php' end
  if r.damaged then return 'lapsed' end
  if r.lease == 0 then return 'entering' end
  return r.lease > now() and 'ours' or 'lapsed'
end

local function is_mine() return r.lock > 0 and r.pid == me and r.lease > 0 end

-- A PHP neighbour writes no `since`.
local function held_for()
  if r.since == 0 or not nonce_of(r.pid) then return '-1' end
  return int(math.max(now() - r.since, 0))
end

-- {token, request, held-ms} of the holder; or, with 'released' for held-ms, of the last that signed. The caller knows itself.
local function taker()
  if r.pid == '' or r.pid == me then return {'', '', '-1'} end
  local kind = holder_kind()
  return {r.pid, r.req, (kind == 'free' or kind == 'entering') and 'released' or held_for()}
end

-- The record outlives the request that works on it: two leases, so that a waiter finds it after a holder has died. It does not
-- outlive its absolute end.
local function outlive()
  local left, wanted = redis.call('PTTL', record), 2 * lease_ms
  if left < 0 or left >= wanted then return end
  if r.ends > 0 then wanted = math.min(wanted, r.ends - now()) end
  if wanted > left then redis.call('PEXPIRE', record, int(wanted)) end
end

local function hold(token, request, lease, untaken)
  bury_nothing()
  r.lock, r.pid, r.req, r.lease, r.since, r.untaken = 1, token, request, now() + lease, now(), untaken
  insist('HSET', record, 'lock', '1', 'pid', token, 'req', request, 'state', state_text())
  outlive()
end

local function renew_lease()
  r.lease, r.untaken = now() + lease_ms, false
  insist('HSET', record, 'state', state_text())
  outlive()
end

-- `data, writes, state` of a session: what a request works with.
local function found()
  return redis.call('HGET', record, 'data'), int(r.writes), state_text()
end

-- The queue ---------------------------------------------------------------------------------------------------------------

local function save_queue()
  local q = r.queue
  if q.count > 0 then
    local gaps, kept = '', 0
    for _, gap in ipairs(q.gaps) do
      if gap.to > q.head and kept < GAPS then
        gaps, kept = gaps .. ' ' .. int(gap.from) .. '>' .. int(gap.to), kept + 1
      end
    end
    insist('HSET', record, 'queue', int(q.head) .. ' ' .. int(q.tail) .. ' ' .. int(q.count) .. gaps .. q.mute)
  else
    redis.call('HDEL', record, 'queue')
    r.queue = nil
  end
end

local function drop(numbers)
  if #numbers == 0 then return end
  local fields = {}
  for i, n in ipairs(numbers) do fields[i] = 'w:' .. int(n) end
  redis.call('HDEL', record, unpack(fields))
  r.queue.count = r.queue.count - #numbers
end

-- Remembers that nobody waits between `from` and `to`, where that saves a step.
local function add_gap(gaps, from, to)
  if to - from > LOOKS then gaps[#gaps + 1] = {from = from, to = to} end
end

-- Opens the gap that `n` lies in: somebody waits at this number. Returns whether there was one.
local function split_gap(n)
  local gaps, found = {}, false
  for _, gap in ipairs(r.queue.gaps) do
    if n > gap.from and n < gap.to then
      found = true
      add_gap(gaps, gap.from, n)
      add_gap(gaps, n, gap.to)
    else
      gaps[#gaps + 1] = gap
    end
  end
  r.queue.gaps = gaps
  return found
end

-- The numbers of all waiters, in order. Their count and the gaps between them are known afterwards.
local function list_waiters()
  local q, numbers, gaps = r.queue, {}, {}
  for _, field in ipairs(redis.call('HKEYS', record)) do
    local n = tonumber(string.match(field, '^w:(%d+)$'))
    if n and n >= q.head and n <= q.tail then numbers[#numbers + 1] = n end
  end
  table.sort(numbers)
  local last = q.head - 1
  for _, n in ipairs(numbers) do
    add_gap(gaps, last, n)
    last = n
  end
  add_gap(gaps, last, q.tail + 1)
  q.count, q.gaps = #numbers, gaps
  return numbers
end

-- The next numbers from `from` on, LOOKS at most and those in gaps left out, and where to go on if those are not all.
local function numbers_from(from)
  local q, numbers = r.queue, {}
  local span = q.tail - from
  for _, gap in ipairs(q.gaps) do span = span - math.max(gap.to - math.max(gap.from, from), 0) end
  if q.count <= LOOKS and span > 8 * q.count + 64 then
    -- A few waiters, far apart: to list them is less than to look for them.
    for _, n in ipairs(list_waiters()) do
      if n >= from then numbers[#numbers + 1] = n end
    end
    local more = numbers[LOOKS + 1]
    for i = #numbers, LOOKS + 1, -1 do numbers[i] = nil end
    return numbers, more
  end
  local n, at = from, 1
  while n <= q.tail do
    local gap = q.gaps[at]
    if gap and n > gap.from then
      n, at = math.max(n, gap.to), at + 1
    elseif #numbers < LOOKS then
      numbers[#numbers + 1] = n
      n = n + 1
    else
      return numbers, n
    end
  end
  return numbers, nil
end

-- Visits the waiters in order of arrival, LOOKS at most. `visit(n, token, deadline, request)` answers 'keep', 'drop' (it leaves
-- the queue), 'take' (it leaves the queue, and the walk ends) or 'stop' (it stays, and the walk ends). Returns where to go on,
-- nil at the end of the queue or of the walk.
local function walk(from, visit)
  local q = r.queue
  from = math.max(from, q.head)
  local numbers, more = numbers_from(from)
  local dropped, first, last, after, taken, met = {}, nil, nil, nil, false, false
  for i = 1, #numbers, BATCH do
    local fields = {}
    for j = i, math.min(i + BATCH - 1, #numbers) do fields[#fields + 1] = 'w:' .. int(numbers[j]) end
    for j, text in ipairs(redis.call('HMGET', record, unpack(fields))) do
      local n = numbers[i + j - 1]
      met = met or text
      if taken then
        if text and not after then after = n end
      elseif text then
        local token, deadline, request = string.match(text, '^(%S+) (%d+) ?(.*)$')
        local verdict = token and visit(n, token, tonumber(deadline), request) or 'drop'
        if verdict == 'keep' or verdict == 'stop' then first, last = first or n, n else dropped[#dropped + 1] = n end
        taken = verdict == 'take' or verdict == 'stop'
      end
    end
    if taken then
      after = after or numbers[i + BATCH] or more
      break
    end
  end
  if taken and after then
    -- The gap behind the last one that stays reaches to the next.
    for _, gap in ipairs(q.gaps) do
      if gap.to >= from and gap.to < after and gap.to > (last or 0) then gap.to = after end
    end
  end
  if more and not met then
    -- Nobody in a whole window: many have left from here, or the numbers of the queue are wrong.
    more = nil
    for _, n in ipairs(list_waiters()) do
      if n > from then
        more = n
        break
      end
    end
  end
  drop(dropped)
  if from == q.head then
    q.head = first or after or more or q.tail + 1
    -- Nobody is left between head and tail, whatever the count said.
    if not (first or after or more) then q.count = 0 end
  end
  save_queue()
  if taken then return nil end
  return more
end

-- Whether the caller waits at this number.
local function place(n)
  local text = redis.call('HGET', record, 'w:' .. int(n))
  return text and string.match(text, '^%S+') == me
end

-- The number of a caller that never heard it: it asked a moment ago.
local function find_place()
  for n = r.queue.tail, math.max(r.queue.head, r.queue.tail - LOOKS), -1 do
    if place(n) then return n end
  end
end

local function is_mute(nonce) return string.find(r.queue.mute .. ' ', ' ' .. nonce .. ' ', 1, true) ~= nil end

-- Whether the process listens. Asked before a grant is published: in a cluster a message reaches the listeners of every node, and
-- only those of this node are counted. A process listens at every master.
local heard = {}
local function can_hear(nonce)
  if heard[nonce] == nil then
    heard[nonce] = nonce == my_nonce or redis.call('PUBSUB', 'NUMSUB', channel .. nonce)[2] > 0
  end
  return heard[nonce]
end

-- The message of a grant: the token alone, or with what a request works with.
local function grant_message(token)
  local size = redis.call('HSTRLEN', record, 'data')
  if size == 0 or size > MESSAGE_BYTES then return token end
  local data, writes, state = found()
  return token .. '\n' .. writes .. '\n' .. state .. '\n' .. data
end

-- Gives a free lock to the first waiter that can hear it. A waiter of the caller's own process is told by the reply and holds
-- at once; another process is told by its channel and has `grant` ms to come. One that cannot be reached is taken out: it comes
-- back to its place when it asks again.
-- Where the caller's own number `mine` is first, it is taken out and gets the lock. Returns the new holder's token, or nil and
-- where to go on.
local function hand_on(from, mine)
  if not r.queue then return nil end
  local chosen, here = nil, false
  local request_of_chosen
  local more = walk(from, function(n, token, deadline, request)
    if n == mine then
      chosen = me
      return 'take'
    end
    if deadline <= now() then return 'drop' end
    local nonce = nonce_of(token)
    here = nonce == my_nonce
    if not here then
      if is_mute(nonce) then return 'keep' end
      if not can_hear(nonce) then return 'drop' end
      redis.call('PUBLISH', channel .. nonce, grant_message(token))
    end
    chosen, request_of_chosen = token, request
    return 'take'
  end)
  if chosen and chosen ~= me then hold(chosen, request_of_chosen, here and lease_ms or grant_ms, not here) end
  return chosen, more
end

-- PHP neighbours ----------------------------------------------------------------------------------------------------------

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
-- `lock` and `since` are those of the holder that unlocks; without them the lock is free, and the next holder may keep
-- it for as long as the last one did. Returns when the window ends that is open then, or nil.
local function leave_to_php(lock, since)
  local poll, polled = r.poll, lock and lock > 1
  if not polled and not poll then return nil end
  local held, windows, missed = tonumber(string.match(poll or '0', '%d+') or 0), {}, false
  if lock then held = math.max(now() - since, 0) end
  -- In order. One that a hold after the last one would reach into is part of that.
  local function add(from, to)
    local last = windows[#windows]
    if last and from <= last.to + held then last.to = to else windows[#windows + 1] = {from = from, to = to} end
  end
  local latest = now() + PHP_POLL_MS + PHP_LATE_MS
  for from, to in string.gmatch(poll or '', ' (%d+) (%d+)') do
    -- None was ever to end later than that; without this check a damaged one would leave the lock to PHP for good.
    if tonumber(to) <= latest then
      missed = missed or tonumber(from) <= now()
      if tonumber(to) > now() then add(tonumber(from), tonumber(to)) end
    end
  end
  if polled then
    local to = latest
    -- A poller that missed its window gets a whole period, which has every waiter's poll.
    if missed then windows = {{from = now(), to = to}} else add(now() - held + PHP_POLL_MS, to) end
  end
  local first, told = windows[1], {int(held)}
  if not first then
    redis.call('HDEL', record, 'poll')
    r.poll = nil
    return nil
  end
  local opens = first.from <= now() + held
  if opens then first.from = math.min(first.from, now()) end
  for _, window in ipairs(windows) do told[#told + 1] = int(window.from) .. ' ' .. int(window.to) end
  local text = table.concat(told, ' ')
  if text ~= poll then insist('HSET', record, 'poll', text) end
  r.poll = text
  return opens and first.to or nil
end

-- The lock and the lifetime -----------------------------------------------------------------------------------------------

-- The former holder is told, if its process listens.
local function tell(token)
  local nonce = nonce_of(token)
  if nonce then redis.call('PUBLISH', channel .. nonce, token) end
end

-- Ends the holder's hold, in the record and in `r`.
local function free_lock()
  r.lock, r.lease, r.since, r.untaken, r.damaged = 0, 0, 0, false, nil
  insist('HSET', record, 'lock', '0', 'state', state_text())
end

-- Another request of the caller's process that has the lock, or ''. Where the step before was sent again, it may have handed the
-- lock to that one, in an answer that was lost: it should look.
local function neighbour()
  return r.lock > 0 and r.pid ~= me and nonce_of(r.pid) == my_nonce and r.pid or ''
end

-- Passes on a lock that has just become free, unless PHP is due. Returns the token of the next holder if it lives in the caller's
-- process, else '', and where to go on.
local function pass_on(lock, since)
  if leave_to_php(lock, since) then
    -- The first in the queue looks for the end of the window.
    local first = r.queue and redis.call('HGET', record, 'w:' .. int(r.queue.head))
    if first then tell(string.match(first, '^%S+')) end
    return '', ''
  end
  local token, more = hand_on(0)
  return token and nonce_of(token) == my_nonce and token or '', more and int(more) or ''
end

local function unlock()
  local lock, since = r.lock, r.since
  free_lock()
  return pass_on(lock, since)
end

-- At least 1: PEXPIRE of less deletes the record at once, and whatever the script writes next makes one that never ends.
local function limit_ttl(ttl, absolute)
  if absolute > 0 and r.created > 0 then ttl = math.min(ttl, r.created + absolute - now()) end
  return math.max(ttl, 1)
end

-- Extends the TTL to `ttl` unless it is within `interval` of that already. Counts what it did in `touches`.
local function touch_record(ttl, absolute, interval)
  local left = redis.call('PTTL', record)
  if left < 0 then return false end
  ttl = limit_ttl(ttl, absolute)
  if left >= ttl or (interval > 0 and left > ttl - interval) then return false end
  redis.call('PEXPIRE', record, int(ttl))
  r.touches, r.tail = r.touches + 1, nil
  bury_nothing()
  insist('HSET', record, 'state', state_text())
  return true
end
