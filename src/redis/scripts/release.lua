-- release: end a request that wrote nothing; unlock or hand on, and keep the session alive if asked to.
--
-- KEYS   1 record · 2 queue · 3 deadlines
-- ARGV   1–5 see common.lua · 6 touch: 1 or 0 · 7 ttl ms · 8 absolute ms · 9 interval ms
-- OUTPUT {'released' | 'not-held' | 'missing', next token or '', next data, next writes, next touches, next born}
-- GUARANTEE  Only the holder's lock is released. No TTL is shortened, no record is created.

local f = redis.call('HMGET', record, 'lock', 'pid', 'lease', 'since', 'poll', 'created')
if not (f[1] and tonumber(f[1]) > 0 and f[2] == me and f[3]) then
  return {redis.call('EXISTS', record) == 1 and 'not-held' or 'missing', ''}
end
if ARGV[6] == '1' then touch_record(tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), f[6]) end
local token = unlock(f[1], f[4], f[5])
if token == '' then return {'released', ''} end
return {'released', token, found()}
