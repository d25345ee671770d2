-- end-all: raise a user's epoch, so that all of its sessions have ended but one.
--
-- KEYS   1 the user's index
-- ARGV   1 name of the session that goes on, '' for none · 2 ms that a session can live from now on
-- OUTPUT {name, …}: the others, whose records are to be destroyed
-- GUARANTEE  One step. The epoch only rises. A session that has ended does not go on. FORMAT: see reserve.lua.

local index, except, lasts = KEYS[1], ARGV[1], tonumber(ARGV[2])
local t = redis.call('TIME')
local now = t[1] * 1000.0 + math.floor(t[2] / 1000.0)
local function int(n) return string.format('%.0f', n) end

local old = tonumber(redis.call('HGET', index, 'epoch') or 0)
local epoch = int(math.max(old + 1, now))
local names = {}
for _, field in ipairs(redis.call('HKEYS', index)) do
  local name = string.match(field, '^s:(.*)$')
  if name and name ~= except then names[#names + 1] = name end
end
redis.call('HSET', index, 'epoch', epoch)
if except ~= '' then
  local entry = redis.call('HGET', index, 's:' .. except)
  local ends, of, rest = string.match(entry or '', '^(%d+) (%d+)( .*)$')
  if ends and tonumber(of) >= old then redis.call('HSET', index, 's:' .. except, ends .. ' ' .. epoch .. rest) end
end
if redis.call('PTTL', index) < lasts then redis.call('PEXPIRE', index, int(lasts)) end
return names
