-- adopt: turn a session that connect-redis stored as a string into a record.
--
-- KEYS   1 record
-- OUTPUT 1 if it was turned, 0 if there is no such session
-- GUARANTEE  Its data and the time it has left stay as they are, in one step. A string that does not begin as a session of
--            express-session does is another program's, and is left alone.

local data = redis.pcall('GET', KEYS[1])
if type(data) ~= 'string' or string.sub(data, 1, 10) ~= '{"cookie":' then return 0 end
local left = redis.call('PTTL', KEYS[1])
redis.call('UNLINK', KEYS[1])
redis.call('HSET', KEYS[1], 'data', data, 'writes', '1', 'lock', '0')
if left > 0 then redis.call('PEXPIRE', KEYS[1], left) end
return 1
