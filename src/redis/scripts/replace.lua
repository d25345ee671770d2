-- replace: put other bytes in the place of a record's data, which say the same: encrypted with another key.
--
-- KEYS   1 record
-- ARGV   1 data as it was read · 2 data in its place
-- OUTPUT 1 if it was replaced, 0 if the data is another by now, or gone
-- GUARANTEE  Lock, queue, version and lifetime stay as they are, whoever has the lock: its holder will write over this data.

if redis.pcall('HGET', KEYS[1], 'data') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'data', ARGV[2])
return 1
