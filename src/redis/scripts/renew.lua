-- renew: the holder is alive; move its lease.
--
-- KEYS   1 record · 2 queue · 3 deadlines
-- ARGV   1–5 see common.lua
-- OUTPUT {'renewed'} · {'lost', token, request, held-ms or 'released'} of the holder now or the last known, '' for nobody ·
--        {'destroyed'}
-- GUARANTEE  Moves only the caller's own lease. No TTL is shortened.

local f = redis.call('HMGET', record, 'lock', 'pid', 'lease', 'req', 'since')
if f[1] and tonumber(f[1]) > 0 and f[2] == me and f[3] then
  insist('HSET', record, 'lease', int(now() + lease_ms))
  outlive()
  return {'renewed'}
end
if redis.call('EXISTS', record) == 0 then return {'destroyed'} end
return {'lost', unpack(taker(f[1], f[2], f[3], f[4], f[5]))}
