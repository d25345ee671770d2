-- reserve: name one more session of a user, before its record is stored.
--
-- KEYS   1 the user's index
-- ARGV   1 name · 2 ms that it lives at most · 3 ms that it lives idle · 4 sessions that the user may have with it
--        5 name of the session that it takes the place of, '' for none · 6 the oldest end where there are too many: 1 or 0
--        7 ms that a session may take from here to its record · 8 device · 9 … names of records that were not found
-- OUTPUT {'reserved', epoch, name that has to end, …}
--        {'full', name, …}: all that count
-- GUARANTEE  Check and reservation are one step: never more than ARGV 4 sessions that have not ended are named. Those that end
--            stay named, with the epoch 0; a later call names them once more, in case nobody destroyed them, and leaves them out.
--            Sent again, it does not count itself.
--
-- FORMAT  `epoch`, in ms of the time when it was raised last; `s:<name>` for each session: `ends epoch since idle device`. A session
--         has ended where its epoch is lower than that of the user. The key lives longer than each session that it names.

local index, name, idle, most = KEYS[1], ARGV[1], ARGV[3], tonumber(ARGV[4])
local replaces, ends_oldest, young = ARGV[5], ARGV[6] == '1', tonumber(ARGV[7])
local t = redis.call('TIME')
local now = t[1] * 1000.0 + math.floor(t[2] / 1000.0)
local unpack = unpack or table.unpack
local function int(n) return string.format('%.0f', n) end

local dead = {}
for i = 9, #ARGV do dead[ARGV[i]] = true end

local fields, epoch, sessions, ended = redis.call('HGETALL', index), nil, {}, {}
for i = 1, #fields, 2 do
  if fields[i] == 'epoch' then epoch = tonumber(fields[i + 1]) end
end
for i = 1, #fields, 2 do
  local other = string.match(fields[i], '^s:(.*)$')
  if other then
    local ends, of, since, rest = string.match(fields[i + 1], '^(%d+) (%d+) (%d+)( .*)$')
    if not ends or tonumber(ends) <= now or (dead[other] and since + young <= now) then
      redis.call('HDEL', index, fields[i])
    elseif tonumber(of) < (epoch or 0) then
      -- It has ended, and was stored by now if it ever is.
      if since + young <= now and #ended < 1000 then ended[#ended + 1] = other end
    elseif other ~= name and other ~= replaces then
      sessions[#sessions + 1] = {name = other, since = tonumber(since), ends = ends, rest = since .. rest}
    end
  end
end

local reply = {'reserved', int(epoch or now), unpack(ended)}
if #sessions >= most then
  if not ends_oldest then
    reply = {'full'}
    for i, session in ipairs(sessions) do reply[i + 1] = session.name end
    return reply
  end
  table.sort(sessions, function(a, b)
    if a.since ~= b.since then return a.since < b.since end
    return a.name < b.name
  end)
  for i = 1, #sessions - most + 1 do
    reply[#reply + 1] = sessions[i].name
    redis.call('HSET', index, 's:' .. sessions[i].name, sessions[i].ends .. ' 0 ' .. sessions[i].rest)
  end
end

for _, other in ipairs(ended) do redis.call('HDEL', index, 's:' .. other) end

local lasts = tonumber(ARGV[2])
redis.call('HSET', index, 'epoch', reply[2], 's:' .. name,
  int(now + lasts) .. ' ' .. reply[2] .. ' ' .. int(now) .. ' ' .. idle .. ' ' .. ARGV[8])
if redis.call('PTTL', index) < lasts + young then redis.call('PEXPIRE', index, int(lasts + young)) end
return reply
