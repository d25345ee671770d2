-- The record, shared by every transition. With queue.lua, php.lua and unlock.lua behind it, it takes the place of the line
-- `-- common.lua` in each script.
--
-- KEYS  1 the record: everything of one session
-- ARGV  1 token · 2 request · 3 lease ms · 4 grant ms · 5 channel prefix
--
-- FORMAT  In every edition `state` and `gone` begin with the version's digits, and something that is no digit follows or nothing.
--         A record with a higher version than ours is left alone.
--         Fields of the record beside `data`, `lock`, `pid`, `writes`, `req` and `wait`, which are PHP's as well. All times are
--         the server's, in ms. Numbers in `state` have a fixed width, so that the common case cuts them out by position.
--  state  `1F<lease> <since> <ends> <created> <at> <named> <touches> <born> <id> …`
--           1        version of this format
--           F        `g` while the lock is granted and not yet taken up, else a blank
--           lease    until when the holder is believed alive, 0 without a holder
--           since    when it got the lock
--           ends     the absolute end of the session, 0 for none
--           created  when the session began
--           at       when the request that committed last got its lock
--           named    since when the session has this id: when a commit of ours first stored it
--           touches  touches so far
--           born     the commit that created the record: it tells one life from the next under the same name. `-` for PHP's.
--                    It ends in `+n` where the session got this id by `regenerate`, after n writes and touches; 9 for more;
--                    and in `~user` where somebody has logged in
--           id …     the latest commits, newest first: those of the last RECENT_MS, as many as IDS_BYTES hold; where nobody waits,
--                    eight. It has all commits of the last n versions, where n is its length
--  queue  `head tail count gap … nonce …`: the numbers of the waiters lie between head and tail. A gap `from>to` says that nobody
--         waits between these two: a waiter that came back to an old place leaves one behind it. The processes named last let
--         a grant lapse, and are passed over until one of their waiters asks again. Missing while nobody waits.
--  w:<n>  one waiter: `token deadline request`
--  poll   when PHP waiters poll, see `leave_to_php`
--  reset  `ms token`: when a step last met a hold that a program without locks had ended, and whose it was. See `is_reset`.
--  gone   `1 kind until old-until`: a tombstone. With kind `login`, `old` has the data from before, until old-until; with `rotated`, where it goes on.
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

-- A commit is sent again within a second or two.
local RECENT_MS = 10000
local IDS_BYTES = 400
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
local STATE = '^1([ g])(' .. STAMP .. ') (' .. STAMP .. ') ((' .. STAMP .. ') (' .. STAMP .. ') (' .. STAMP .. ') (' .. STAMP .. ') (%d%d%d%d%d%d) (%S+)(.*))$'

-- The version that `state` or `gone` begins with, if it is not ours; nil for ours and for what is damaged.
local function newer_version(text)
  local version = string.match(text, '^%d+')
  return version and tonumber(version) > 1 and version or nil
end

local function parse_state(text)
  r.untaken, r.lease, r.since, r.ends, r.created, r.at, r.named, r.touches, r.born, r.ids = false, 0, 0, 0, 0, 0, 0, 0, '-', ''
  r.tail = nil
  if not text then return end
  local flag, lease, since, tail, ends, created, at, named, touches, born, ids = string.match(text, STATE)
  if flag then
    r.untaken, r.lease, r.since, r.ends, r.created = flag == 'g', tonumber(lease), tonumber(since), tonumber(ends), tonumber(created)
    r.at, r.named, r.touches, r.born, r.ids, r.tail = tonumber(at), tonumber(named), tonumber(touches), born, ids, tail
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
  r.tail = r.tail or stamp(r.ends) .. ' ' .. stamp(r.created) .. ' ' .. stamp(r.at) .. ' ' .. stamp(r.named) .. ' ' ..
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

-- Whether the version of now is the caller's own work.
local function wrote_last()
  local of_me = ' ' .. string.match(me, '[^|-]*$') .. '#'
  return string.sub(r.ids, 1, #of_me) == of_me
end

-- A PHP neighbour without locks (`disable_locking`) sets `lock` to 0 with each of its writes, and leaves the rest as it is. No
-- step of ours leaves a lease behind, and one that breaks a lock signs: here a request lost its lock, and no other took it.
local function is_reset() return r.lock <= 0 and r.lease > 0 and nonce_of(r.pid) ~= nil end

-- Whether the caller is the request that last lost its lock so.
local function was_reset()
  if is_reset() and r.pid == me then return true end
  local last = redis.call('HGET', record, 'reset')
  return last and string.match(last, '^%d+ (.*)$') == me
end

-- A PHP neighbour writes no `since`.
local function held_for()
  if r.since == 0 or not nonce_of(r.pid) then return '-1' end
  return int(math.max(now() - r.since, 0))
end

-- {token, request, held-ms} of the holder; or, with 'released' for held-ms, of the last that signed. The caller knows itself.
-- 'reset' for held-ms: a program without locks ended its hold.
local function taker()
  if was_reset() then return {'', '', 'reset'} end
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
