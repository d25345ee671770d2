-- touch: keep a session alive without a lock.
--
-- KEYS   1 record · 2 queue · 3 deadlines
-- ARGV   1–6 see common.lua · 7 ttl ms · 8 absolute ms · 9 interval ms
-- OUTPUT {'touched' | 'fresh' | 'missing'}
-- GUARANTEE  Only ever extends the TTL of a record that exists.

local f = redis.call('HMGET', record, 'created', 'writes', 'lock')
if not f[2] and not f[3] then return {'missing'} end
return {touch_record(tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), f[1]) and 'touched' or 'fresh'}
