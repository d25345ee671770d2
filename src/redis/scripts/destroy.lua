-- destroy: remove the session, whoever holds it, and wake every waiter and tell the holder, so that they find the record missing.
--
-- KEYS   1 record · 2 queue · 3 deadlines
-- ARGV   1–5 see common.lua
-- OUTPUT {existed: '1' | '0', token, request, held-ms} of the holder, '' for nobody
-- GUARANTEE  Afterwards no commit but a creating one succeeds.

local f = redis.call('HMGET', record, 'lock', 'pid', 'req', 'since')
local existed = redis.call('EXISTS', record)
for _, member in ipairs(redis.call('ZRANGE', queue, 0, -1)) do
  local token = string.match(member, '^%S+')
  redis.call('PUBLISH', channel .. nonce_of(token), token)
end
local holder_nonce = f[1] and tonumber(f[1]) > 0 and f[2] and nonce_of(f[2])
if holder_nonce then redis.call('PUBLISH', channel .. holder_nonce, f[2]) end
redis.call('DEL', record, queue, deadlines)
if f[1] and tonumber(f[1]) > 0 then return {int(existed), f[2] or '', f[3] or '', held_for(f[4], f[2])} end
return {int(existed), '', '', '-1'}
