-- destroy: remove the session, whoever holds it, and wake every waiter so that it finds the record missing.
--
-- KEYS   1 record · 2 queue · 3 deadlines
-- ARGV   1–6 see common.lua
-- OUTPUT {existed: '1' | '0', token, request, held-ms} of the holder, '' for nobody
-- GUARANTEE  Afterwards no commit but a creating one succeeds.

local f = redis.call('HMGET', record, 'lock', 'pid', 'req', 'since')
local existed = redis.call('EXISTS', record)
for _, member in ipairs(redis.call('ZRANGE', queue, 0, -1)) do
  local token = string.match(member, '^%S+')
  redis.call('PUBLISH', channel .. nonce_of(token), token)
end
redis.call('DEL', record, queue, deadlines)
if f[1] and tonumber(f[1]) > 0 then return {int(existed), f[2] or '', f[3] or '', held_for(f[4], f[2])} end
return {int(existed), '', '', '-1'}
