-- leave: a waiter gives up its place; if the lock was handed to it just now, it hands it on.
--
-- KEYS   1 record · 2 queue · 3 deadlines
-- ARGV   1–5 see common.lua
-- OUTPUT {'released' | 'not-held' | 'missing', next token or '', next data, next writes, next touches, next born}
-- GUARANTEE  Afterwards the token neither waits nor holds.

forget_waiter(me .. ' ' .. my_request)
local f = redis.call('HMGET', record, 'lock', 'pid', 'lease', 'since', 'poll')
if not (f[1] and tonumber(f[1]) > 0 and f[2] == me and f[3]) then
  return {redis.call('EXISTS', record) == 1 and 'not-held' or 'missing', ''}
end
local token = unlock(f[1], f[4], f[5])
if token == '' then return {'released', ''} end
return {'released', token, found()}
