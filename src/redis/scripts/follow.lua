-- follow: a session of a user goes on under another name.
--
-- KEYS   1 the user's index
-- ARGV   1 name · 2 the other name
-- OUTPUT its own epoch, '' where it is not named
-- GUARANTEE  One step: an end of all sessions finds it under both names, or under the first one. FORMAT: see reserve.lua.

local index, from, to = KEYS[1], ARGV[1], ARGV[2]
local entry = redis.call('HGET', index, 's:' .. from)
local epoch = string.match(entry or '', '^%d+ (%d+) ')
if epoch then redis.call('HSET', index, 's:' .. to, entry) end
return epoch or ''
