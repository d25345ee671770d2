-- commit, by the holder of a lock for which nobody waits, PHP included, which is nearly always.
--
-- KEYS, ARGV and OUTPUT as in commit.lua, which goes on with whatever this does not answer.
-- GUARANTEE  The same. Nothing is defined here that is not used: defining the shared functions takes as long as all of this.

do
  if ARGV[6] == 'exclusive' and ARGV[10] == '0' and ARGV[11] == '0' then
    local f = redis.call('HMGET', KEYS[1], 'lock', 'pid', 'lease', 'writes', 'created', 'poll', 'last', 'born')
    local id = string.match(ARGV[1], '[^|]*$') .. '#' .. ARGV[8]
    if f[1] == '1' and f[2] == ARGV[1] and f[3] and f[5] and not f[6] and f[7] ~= id and f[8] == ARGV[14]
      and redis.call('EXISTS', KEYS[2]) == 0 then
      local writes = string.format('%.0f', tonumber(f[4] or '0') + 1)
      local reply = redis.pcall('HSET', KEYS[1], 'data', ARGV[13], 'writes', writes,
        'last', id, 'lock', '0')
      -- Out of memory: commit.lua knows what to do.
      if type(reply) ~= 'table' then
        redis.call('HDEL', KEYS[1], 'lease', 'since', 'ends')
        redis.call('PEXPIRE', KEYS[1], math.max(tonumber(ARGV[9]), 1))
        return {'written', writes, '', '0', ''}
      end
    end
  end
end
