-- touch: keep a session alive without a lock.
--
-- KEYS   1 record · 2 queue · 3 deadlines
-- ARGV   1–5 see common.lua · 6 ttl ms · 7 absolute ms · 8 interval ms
-- OUTPUT {'touched' | 'fresh' | 'missing'}
-- GUARANTEE  Only ever extends the TTL of a record that exists.

local f = redis.call('HMGET', record, 'created', 'writes', 'lock')
if not f[2] and not f[3] then return {'missing'} end
return {touch_record(tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), f[1]) and 'touched' or 'fresh'}
