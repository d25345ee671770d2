-- touch: keep a session alive without a lock.
--
-- KEYS   1 record
-- ARGV   1–5 see common.lua · 6 ttl ms · 7 absolute ms · 8 interval ms
-- OUTPUT {'touched' | 'fresh' | 'missing'} · {'newer', version}
-- GUARANTEE  Only ever extends the TTL of a session that exists.

-- common.lua

read_record()
if r.kind == 'newer' then return {'newer', r.newer} end
if r.kind ~= 'session' then return {'missing'} end
return {touch_record(tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])) and 'touched' or 'fresh'}
