-- acquire, where nobody has the lock and nobody waits for it, which is nearly always; or where it was handed to the caller.
--
-- KEYS, ARGV and OUTPUT as in acquire.lua, which goes on with whatever this does not answer.
-- GUARANTEE  The same. Nothing is defined here that is not used: defining the shared functions takes as long as all of this.

do
  local f = redis.call('HMGET', KEYS[1], 'lock', 'writes', 'data', 'touches', 'poll', 'born')
  local handed, free = false, f[1] == '0' and not f[5] and redis.call('EXISTS', KEYS[2], KEYS[3]) == 0
  if f[1] and not free then
    local holder = redis.call('HMGET', KEYS[1], 'pid', 'lease')
    handed = f[1] ~= '0' and holder[1] == ARGV[1] and holder[2]
  end
  if free or handed then
    local t, lease_ms = redis.call('TIME'), tonumber(ARGV[3])
    local now = t[1] * 1000.0 + math.floor(t[2] / 1000.0)
    local lease, reply = string.format('%.0f', now + lease_ms), nil
    if handed then
      reply = redis.pcall('HSET', KEYS[1], 'lease', lease)
    else
      reply = redis.pcall('HSET', KEYS[1], 'lock', '1', 'pid', ARGV[1], 'req', ARGV[2],
        'lease', lease, 'since', string.format('%.0f', now))
    end
    -- Out of memory, or a life that ends too soon: acquire.lua knows what to do, and finds the lock as it is now.
    if type(reply) ~= 'table' then
      local left = redis.call('PTTL', KEYS[1])
      if left < 0 or left >= 2 * lease_ms then
        return {'granted', f[3], f[2] or '0', f[4] or '0', f[6] or '', '', '', '', ''}
      end
    end
  end
end
