-- renew: the holder is alive, or has come for the lock that it was granted; move its lease.
--
-- KEYS   1 record
-- ARGV   1–5 see common.lua · 6 coming for the lock: the writes that the caller begins with; '' for a renewal
-- OUTPUT {'renewed'} · {'destroyed'} · {'newer', version}
--        {'lost', token, request, held-ms, 'released' or 'reset'} of the holder now or the last known, '' for none
-- GUARANTEE  Moves only the caller's own lease. No TTL is shortened. A caller that begins with another version than the record's
--            has lost the lock: the message that it had was of an earlier grant. Its commit is refused.

-- common.lua

read_record()
if r.kind == 'newer' then return {'newer', r.newer} end
if r.kind ~= 'session' then return {'destroyed'} end
if not is_mine() then return {'lost', unpack(taker())} end
-- A commit that came before the claim has taken the lock up, and moved the version on.
if ARGV[6] ~= '' and tonumber(ARGV[6]) ~= r.writes and not wrote_last() then return {'lost', '', '', '-1'} end
renew_lease()
return {'renewed'}
