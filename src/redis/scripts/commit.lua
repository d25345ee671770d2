-- commit: write the data if the caller may, count it, set the lifetime, and hand the lock on or keep it.
--
-- KEYS   1 record · 2 queue · 3 deadlines
-- ARGV   1–5 see common.lua · 6 mode: exclusive, create, optimistic or unlocked · 7 base, the writes that were read
--        8 number of this commit of this token · 9 ttl ms · 10 absolute ms, 0 for none · 11 keep: 1 or 0
--        12 sent again: 1 or 0 · 13 data · 14 the record's born as it was read, '' for none
-- OUTPUT {'written', writes, next token or '', touches, born}
--        {'refused', 'destroyed' | 'taken' | 'exists' | 'conflict' | 'out-of-memory' | 'unknown', token, request,
--         held-ms or 'released', next token or '', next data, next writes, next touches, next born}
-- GUARANTEE  Check and write are one step. Nothing is written unless the answer is 'written', and a record that is gone
--            is never brought back, nor written over another one of its name. Sent again after its reply was lost, it
--            answers as it did, or 'unknown' where too much has happened since. Refused for lack of memory, it has
--            released the lock all the same.

local mode, base, number = ARGV[6], tonumber(ARGV[7]), ARGV[8]
local ttl, absolute, keep, again = tonumber(ARGV[9]), tonumber(ARGV[10]), ARGV[11] == '1', ARGV[12] == '1'
local commit_id = string.match(me, '[^|]*$') .. '#' .. number

local f = redis.call('HMGET', record,
  'lock', 'pid', 'lease', 'writes', 'last', 'created', 'touches', 'req', 'since', 'wait', 'poll', 'ends', 'born')
local lock, pid, lease, writes, last, created = f[1], f[2], f[3], f[4], f[5], f[6]
local touches, req, since, php_waiters, poll, ends = f[7], f[8], f[9], f[10], f[11], f[12]
local born, base_born = f[13] or '', ARGV[14]
local version = tonumber(writes or '0')
local exists = lock or pid or writes or redis.call('EXISTS', record) == 1
local held = lock and tonumber(lock) > 0
local mine = held and pid == me and lease
local lapsed = false

local function next_here()
  if held and pid ~= me and pid and nonce_of(pid) == my_nonce and lease then return pid end
  return ''
end

local function refused(reason)
  if reason == 'taken' then
    local by = taker(lock, pid, lease, req, since)
    return {'refused', reason, by[1], by[2], by[3], ''}
  end
  if held then return {'refused', reason, pid or '', req or '', held_for(since, pid), ''} end
  return {'refused', reason, '', '', '-1', ''}
end

local function gives_back(reply)
  reply[6] = unlock(lock, since, poll)
  if reply[6] ~= '' then reply[7], reply[8], reply[9], reply[10] = found() end
  return reply
end

if last == commit_id then return {'written', writes, next_here(), touches or '0', born} end

if mode == 'create' then
  if again and born == commit_id then return {'written', '1', next_here(), touches or '0', born} end
  if exists then return refused('exists') end
elseif not exists then
  return refused('destroyed')
elseif mine and mode == 'exclusive' then
  -- Granted the lock of a record that is gone by now, it asked for it once more before it heard of that, and was granted
  -- the lock of this one too.
  if base_born ~= '' and born ~= base_born then return gives_back({'refused', 'destroyed', '', '', '-1'}) end
elseif born ~= base_born and (base_born ~= '' or version == base) then
  -- Another record of this name. One read before we wrote to it, as PHP left it, had no `born`, and may be the same.
  return refused('destroyed')
elseif mode == 'exclusive' then
  -- Sent again, and somebody has committed since: only the holder can have moved the version on from `base`, and that
  -- was this token, unless its lock was taken from it. PHP takes locks without a word, so where it waits we do not infer.
  if again and not php_waiters and version > base and not redis.call('ZSCORE', deadlines, '!' .. me) then
    return {'written', int(base + 1), next_here(), touches or '0', born}
  end
  return refused('taken')
elseif mode == 'optimistic' then
  -- One commit since, and not this one, or it would be the last. Of more than one it might have been the first.
  if again and version > base + 1 then return refused('unknown') end
  if version ~= base then return refused('conflict') end
  if held then
    if state_of(lock, pid, lease) ~= 'lapsed' then return refused('conflict') end
    remember_lost(pid)
    redis.call('HDEL', record, 'lease', 'since')
    redis.call('HSET', record, 'lock', '0')
    held, mine, lapsed = false, false, true
  end
end

local fields = {'data', ARGV[13], 'writes', int(version + 1), 'last', commit_id}
local function set(name, value)
  fields[#fields + 1] = name
  fields[#fields + 1] = value
end
if not created then
  created, born = int(now()), commit_id
  set('created', created)
  set('born', born)
end
if absolute > 0 then set('ends', int(tonumber(created) + absolute)) end
local takes = mode == 'create' and keep
local unlocks = (mine and not keep) or lapsed
if takes then
  set('lock', '1')
  set('pid', me)
  set('since', created)
end
if takes or (mine and keep) then
  -- A `lock` that PHP has counted up stays as it is: it tells that PHP polls.
  set('lease', int(now() + lease_ms))
elseif mine or not held then set('lock', '0') end
if mode == 'create' then set('req', my_request) end

local reply = redis.pcall('HSET', record, unpack(fields))
if type(reply) == 'table' and reply.err then
  if not string.find(reply.err, 'OOM', 1, true) then return reply end
  if not mine and not lapsed then return {'refused', 'out-of-memory', '', '', '-1', ''} end
  return gives_back({'refused', 'out-of-memory', '', '', '-1'})
end

redis.call('PEXPIRE', record, int(limit_ttl(ttl, created, absolute)))
if ends and absolute <= 0 then redis.call('HDEL', record, 'ends') end

local token = ''
if unlocks then
  token = unlock(lock, since, poll, true)
elseif mine or takes then
  outlive()
end
return {'written', int(version + 1), token, touches or '0', born}
