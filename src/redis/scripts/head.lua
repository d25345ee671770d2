-- head: how the data of a record begins.
--
-- KEYS   1 record
-- ARGV   1 bytes
-- OUTPUT the first bytes of the data, none where there is no data
-- GUARANTEE  Reads only.

local data = redis.pcall('HGET', KEYS[1], 'data')
if type(data) ~= 'string' then return '' end
return string.sub(data, 1, tonumber(ARGV[1]))
