-- commit: write the data if the caller may, count it, set the lifetime, and hand the lock on or keep it.
--
-- KEYS   1 record
-- ARGV   1–5 see common.lua · 6 mode: exclusive, create, optimistic or unlocked · 7 base, the writes that were read
--        8 id of this commit · 9 ttl ms · 10 absolute ms, 0 for none · 11 keep: 1 or 0
--        12 sent again: 1 or 0 · 13 data · 14 the record's born as it was read, '' for none
--        15 creating: since when the session exists, 0 for now · 16 it began with what a message told, unconfirmed: 1 or 0
-- OUTPUT {'written', writes}
--        {'written', writes, state, next token or '', cursor or '', token to wake or ''}
--        {'refused', 'destroyed' | 'moved' | 'lock-lost' | 'exists' | 'conflict' | 'out-of-memory' | 'unknown', token, request,
--         held-ms, 'released' or 'reset', next token or '', cursor or '', next data, next writes, next state}
--        {'newer', version}
-- GUARANTEE  Check and write are one step. Nothing is written unless the answer is 'written', and a record that is gone
--            is never brought back, nor written over another one of its name. Sent again after its reply was lost, it
--            answers as it did, or 'unknown' where too many have committed since; it hands on to nobody then. Refused for lack
--            of memory, it has released the lock all the same. A cursor asks the caller to go on with `leave`.

-- The common case: the holder commits, and nobody waits, PHP included.
if ARGV[6] == 'exclusive' and ARGV[10] == '0' and ARGV[11] == '0' and ARGV[12] == '0' then
  local f = redis.call('HMGET', KEYS[1], 'lock', 'pid', 'writes', 'state', 'queue', 'poll')
  local state, born = f[4], ARGV[14]
  if f[1] == '1' and f[2] == ARGV[1] and state and f[3] == ARGV[7] and not f[5] and not f[6] and #born > 1
    and string.sub(state, 3, 15) ~= '0000000000000' and string.sub(state, 94, 94 + #born) == born .. ' ' then
    local from, created, at, named, touches, at_born =
      string.match(state, '^1 %d+ ()%d+ 0000000000000 ()%d+ ()%d+ ()%d+ ()%d+ ()')
    local since, ids = string.sub(state, 17, 29), string.sub(state, 94 + #born)
    -- As in acquire.lua. What is damaged is left to the rest. The time below is RECENT_MS, which is not defined here yet.
    local whole = from == 17 and created == 45 and at == 59 and named == 73 and touches == 87 and at_born == 94
    if whole and since - string.sub(state, 59, 71) > 10000 then
      ids = string.match(ids, '^ %S+') or ''
    elseif #ids > 90 then
      -- Eight with this one.
      ids = string.match(ids, '^ %S+ %S+ %S+ %S+ %S+ %S+ %S+') or ids
    end
    local id = ' ' .. ARGV[8]
    if whole and not string.find(ids, id, 1, true) then
      state = '1 0000000000000 0000000000000 ' .. string.sub(state, 31, 58) .. since .. string.sub(state, 72, 93) .. born ..
        id .. ids
      local writes = string.format('%.0f', f[3] + 1)
      local reply = redis.pcall('HSET', KEYS[1], 'data', ARGV[13], 'writes', writes, 'lock', '0', 'state', state)
      -- Out of memory: the rest knows what to do.
      if type(reply) ~= 'table' then
        redis.call('PEXPIRE', KEYS[1], math.max(tonumber(ARGV[9]), 1))
        return {'written', writes}
      end
    end
  end
end

-- common.lua

local mode, base, id = ARGV[6], tonumber(ARGV[7]), ARGV[8]
local ttl, absolute, keep, again = tonumber(ARGV[9]), tonumber(ARGV[10]), ARGV[11] == '1', ARGV[12] == '1'
local base_born, began, claims = ARGV[14], tonumber(ARGV[15]), ARGV[16] == '1'

read_record()
if r.kind == 'newer' then return {'newer', r.newer} end
local exists, mine = r.kind == 'session', is_mine()
local version = r.writes

local function refused(reason)
  if reason == 'lock-lost' then
    local by = taker()
    return {'refused', reason, by[1], by[2], by[3], '', ''}
  end
  if r.lock > 0 and exists then return {'refused', reason, r.pid, r.req, held_for(), '', ''} end
  return {'refused', reason, '', '', '-1', '', ''}
end

local function gives_back(reason)
  local token, more = unlock()
  local reply = {'refused', reason, '', '', '-1', token, more}
  if token ~= '' then reply[8], reply[9], reply[10] = found() end
  return reply
end

-- Once more: the holder of now has newer data than this commit's, and looks for itself.
local function written_before(writes)
  return {'written', int(writes), state_text(), '', '', neighbour()}
end
-- An unlocked commit may have come before a holder's. Then its version was a later one than this says, and an optimistic commit
-- upon it is a conflict. Counting back from the version now would say one that is too late where PHP has written since.
if exists and string.find(r.ids .. ' ', ' ' .. id .. ' ', 1, true) then
  return written_before(mode == 'unlocked' and version or mode == 'create' and 1 or base + 1)
end

-- Whether a commit that is not among the latest ones may have been pushed out of their list: it holds fewer than were written
-- since this one's base.
local function cannot_know()
  local _, count = string.gsub(r.ids, ' ', '')
  return again and count < version - base
end

local lapsed = false
if mode == 'create' then
  if exists and again and r.born == id then return written_before(1) end
  if r.kind == 'gone' then return refused('destroyed') end
  if exists then return refused('exists') end
  -- Its session began under another id, too long ago.
  if began > 0 and absolute > 0 and began + absolute <= now() then return refused('destroyed') end
elseif not exists then
  return refused(r.kind == 'gone' and r.gone_kind ~= 'destroyed' and 'moved' or 'destroyed')
elseif mine and mode == 'exclusive' then
  -- Granted the lock of a record that is gone by now, it asked for it once more before it heard of that, and was granted
  -- the lock of this one too.
  if base_born ~= '' and r.born ~= base_born then return gives_back('destroyed') end
  -- It began with the data of an earlier grant, whose message came late.
  if claims and version ~= base and not wrote_last() then return gives_back('lock-lost') end
elseif r.born ~= (base_born == '' and '-' or base_born) and (base_born ~= '' or version == base) then
  -- Another record of this name. One read before we wrote to it, as PHP left it, had no `born`, and may be the same.
  return refused('destroyed')
elseif mode == 'exclusive' then
  return refused(cannot_know() and 'unknown' or 'lock-lost')
elseif mode == 'optimistic' then
  if version ~= base then return refused(cannot_know() and 'unknown' or 'conflict') end
  if r.lock > 0 then
    if holder_kind() ~= 'lapsed' or (r.pid ~= me and nonce_of(r.pid) == my_nonce) then return refused('conflict') end
    tell(r.pid)
    mine, lapsed = false, true
  end
end

local takes = mode == 'create' and keep
local keeps = mine and keep or mode == 'unlocked' and r.lock > 0 and not mine
local unlocks = not (takes or keeps)
local lock, since = r.lock, r.since

if mode == 'create' then
  -- In the place of a record that has ended, nothing of it stays.
  if redis.call('EXISTS', record) == 1 then redis.call('UNLINK', record) end
  parse_state(nil)
  r.queue, r.poll, r.gone = nil, nil, nil
end
bury_nothing()
local reset = is_reset() and r.pid
local at = mine and since or now()
if r.created == 0 then r.created = began > 0 and began or now() end
if r.named == 0 then r.named = now() end
if r.born == '-' then r.born = id end
-- The latest one may have been sent just now, by a holder of long ago. Those before it were sent before that got the lock.
if at - r.at > RECENT_MS then r.ids = string.match(r.ids, '^ %S+') or '' end
r.ids = ' ' .. id .. r.ids
if #r.ids > IDS_BYTES then r.ids = string.match(string.sub(r.ids, 1, IDS_BYTES), '^(.*) ') end
r.at, r.tail = at, nil
r.ends = absolute > 0 and r.created + absolute or 0
if takes then
  r.lock, r.pid, r.lease, r.since, r.untaken = 1, me, now() + lease_ms, now(), false
elseif mine and keep then
  r.lease, r.untaken = now() + lease_ms, false
elseif unlocks then
  r.lock, r.lease, r.since, r.untaken, r.damaged = 0, 0, 0, false, nil
end

local fields = {'data', ARGV[13], 'writes', int(version + 1), 'state', state_text()}
local function set(name, value)
  fields[#fields + 1] = name
  fields[#fields + 1] = value
end
if mode == 'create' then
  fields[4] = '1'
  version = 0
  set('req', my_request)
end
if takes then
  set('lock', '1')
  set('pid', me)
  -- A `lock` that PHP has counted up stays as it is: it tells that PHP polls.
elseif unlocks then set('lock', '0') end
if reset then set('reset', int(now()) .. ' ' .. reset) end

local reply = redis.pcall('HSET', record, unpack(fields))
if type(reply) == 'table' and reply.err then
  if not string.find(reply.err, 'OOM', 1, true) then return reply end
  if not mine and not lapsed then return {'refused', 'out-of-memory', '', '', '-1', '', ''} end
  read_record()
  return gives_back('out-of-memory')
end
r.writes = version + 1
if reset then tell(reset) end

redis.call('PEXPIRE', record, int(limit_ttl(ttl, absolute)))

local token, more = '', ''
if unlocks and (mine or lapsed) then
  token, more = pass_on(lock, since)
elseif takes or mine then
  outlive()
end
return {'written', int(r.writes), state_text(), token, more, ''}
