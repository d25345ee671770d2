-- release: end a request that wrote nothing; unlock or hand on, and keep the session alive if asked to.
--
-- KEYS   1 record
-- ARGV   1–5 see common.lua · 6 touch: 1 or 0 · 7 ttl ms · 8 absolute ms · 9 interval ms
-- OUTPUT {'released' | 'missing', next token or '', cursor or '', next data, next writes, next state}
--        {'not-held', '', '', '', '', '', token to wake or ''}
--        {'newer', version}
-- GUARANTEE  Only the holder's lock is released. No TTL is shortened, no record is created. A cursor asks the caller to go on
--            with `leave`.

-- common.lua

read_record()
if r.kind == 'newer' then return {'newer', r.newer} end
if r.kind ~= 'session' then return {'missing', '', ''} end
if not is_mine() then return {'not-held', '', '', '', '', '', neighbour()} end
if ARGV[6] == '1' then touch_record(tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])) end
local token, more = unlock()
if token == '' then return {'released', '', more} end
return {'released', token, more, found()}
