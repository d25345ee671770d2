-- renew: the holder is alive, or has come for the lock that it was granted; move its lease.
--
-- KEYS   1 record
-- ARGV   1–5 see common.lua
-- OUTPUT {'renewed'} · {'destroyed'} · {'newer', version}
--        {'lost', token, request, held-ms or 'released'} of the holder now or the last known, '' for nobody
-- GUARANTEE  Moves only the caller's own lease. No TTL is shortened.

-- common.lua

read_record()
if r.kind == 'newer' then return {'newer', r.newer} end
if r.kind ~= 'session' then return {'destroyed'} end
if not is_mine() then return {'lost', unpack(taker())} end
renew_lease()
return {'renewed'}
