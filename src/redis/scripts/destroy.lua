-- destroy: end the session and wake every waiter and the holder, so that they find it gone. No matter who holds it, or only if the
-- record is as the caller knows it.
--
-- KEYS   1 record
-- ARGV   1–5 see common.lua · 6 kind: destroyed, login or rotated · 7 ms that the tombstone lasts
--        8 ms that its data, or 14, can be read by requests with the old id; 0 for not at all
--        9 the second time: 1 or 0. PHP may have begun a session between its check and its write.
--        10 expected: exclusive, optimistic or unlocked as for commit, '' for anything · 11 base, the writes that were read
--        12 the record's born as it was read, '' for none · 13 it began with what a message told, unconfirmed: 1 or 0
--        14 what is to be read in place of the data, '' for the data
-- OUTPUT {existed: '1' | '0', token, request, held-ms, php: '1' | '0', cursor or '', born, pointer}: the holder, '' for none; whether PHP held
--        or polled the lock, which asks for a second time in 50 ms. With a cursor, repeat. Born is the record's, where it ended
--        just now. Pointer says where the session goes on that was rotated before, however long ago that is; '' for nowhere.
--        {'refused', 'destroyed' | 'moved' | 'lock-lost' | 'conflict', token, request, held-ms, 'released' or 'reset'}
--        {'newer', version}
-- GUARANTEE  Afterwards no commit succeeds under this name until the tombstone has ended. An unknown id creates no key. Check and
--            tombstone are one step: refused, it has changed nothing. Sent again by the same token it answers as it did, without born.

-- common.lua

local kind, lasts, readable, second = ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9] == '1'
local expected, base, base_born = ARGV[10], tonumber(ARGV[11]), ARGV[12]
local claims, pointer = ARGV[13] == '1', ARGV[14]

read_record()
if r.kind == 'newer' then return {'newer', r.newer} end

local function wake_waiters()
  if not r.queue then return '' end
  local more = walk(0, function(_, token)
    tell(token)
    return 'drop'
  end)
  return more and int(more) or ''
end

if second then
  if r.gone then
    redis.call('HSET', record, 'pid', me, 'lock', '0', 'gone', r.gone)
    redis.call('HDEL', record, 'data', 'writes', 'req', 'state')
  end
  return {'0', '', '', '-1', '0', wake_waiters()}
end

-- It did this before. Whether PHP held the lock is not known any more.
if r.kind == 'gone' and r.pid == me then return {'1', '', '', '-1', '1', wake_waiters()} end

local function refused(reason)
  if reason == 'lock-lost' then
    local by = taker()
    return {'refused', reason, by[1], by[2], by[3]}
  end
  if r.kind == 'session' and r.lock > 0 and r.pid ~= me then return {'refused', reason, r.pid, r.req, held_for()} end
  return {'refused', reason, '', '', '-1'}
end

-- As commit.lua has it.
if expected ~= '' then
  if r.kind ~= 'session' then
    return refused(r.kind == 'gone' and r.gone_kind ~= 'destroyed' and 'moved' or 'destroyed')
  elseif expected == 'exclusive' and is_mine() then
    if base_born ~= '' and r.born ~= base_born then return refused('destroyed') end
    if claims and r.writes ~= base and not wrote_last() then return refused('lock-lost') end
  elseif r.born ~= (base_born == '' and '-' or base_born) and (base_born ~= '' or r.writes == base) then
    return refused('destroyed')
  elseif expected == 'exclusive' then
    return refused('lock-lost')
  elseif expected == 'optimistic' then
    local held = r.lock > 0 and r.pid ~= me and (holder_kind() ~= 'lapsed' or nonce_of(r.pid) == my_nonce)
    if held or r.writes ~= base then return refused('conflict') end
  end
end

if r.kind ~= 'session' then
  local on = r.kind == 'gone' and r.gone_kind == 'rotated' and redis.call('HGET', record, 'old')
  return {'0', '', '', '-1', '0', wake_waiters(), '', on or ''}
end

local holder = {'', '', '-1'}
local php = '0'
if r.lock > 0 then
  holder = {r.pid, r.req, held_for()}
  if r.pid ~= me then tell(r.pid) end
  if r.lock > 1 or not nonce_of(r.pid) or r.lease == 0 then php = '1' end
end

local old = pointer ~= '' and pointer or readable > 0 and redis.call('HGET', record, 'data')
redis.call('HDEL', record, 'data', 'writes', 'req', 'state', 'poll', 'old', 'reset')
-- PHP's late write looks at `pid` and refuses itself; without its `wait`, it would count below zero.
insist('HSET', record, 'pid', me, 'lock', '0',
  'gone', '1 ' .. kind .. ' ' .. int(now() + lasts) .. ' ' .. int(old and now() + readable or 0))
if old then insist('HSET', record, 'old', old) end
redis.call('PEXPIRE', record, int(lasts))
return {'1', holder[1], holder[2], holder[3], php, wake_waiters(), r.born}
