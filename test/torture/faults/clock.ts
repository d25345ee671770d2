import { FILLER } from '../rest.ts'
import type { Single } from '../topologies/single.ts'
import type { Fault } from './fault.ts'

/**
 * Redis's clock jumps. A clock of one's own is not to be had for one server, so everything that it measures is moved the
 * other way in one step, which no script can tell from a jump: leases, ages and deadlines in records and queues, and the
 * lives of keys.
 */
function jump(seconds: number): Fault<Single> {
  return {
    name: `a clock that jumps ${Math.abs(seconds)} s ${seconds < 0 ? 'back' : 'ahead'}`,
    async strike(lab) {
      await lab.trouble(this.name, undefined, () =>
        lab.topology.server.admin.eval(MOVE, 0, -seconds * 1000, FILLER),
      )
      return true
    },
  }
}

/** A holder's lease and a waiter's patience end before and after this. */
export const CLOCK_FAULTS: Fault<Single>[] = [jump(3), jump(30), jump(-3), jump(-30)]

const MOVE = `
local by, filler = tonumber(ARGV[1]), ARGV[2]
local function later(n) return string.format('%.0f', tonumber(n) + by) end
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind = redis.call('TYPE', key).ok
  if kind == 'hash' then
    for _, field in ipairs({'lease', 'since', 'created', 'ends'}) do
      local value = redis.call('HGET', key, field)
      if value then redis.call('HSET', key, field, later(value)) end
    end
    local poll = redis.call('HGET', key, 'poll')
    -- The first is a duration; the rest are times.
    if poll then redis.call('HSET', key, 'poll', (string.gsub(poll, ' (%d+)', function(n) return ' ' .. later(n) end))) end
  elseif kind == 'zset' then
    -- Deadlines are in milliseconds, arrivals in microseconds.
    local unit = string.find(key, ':queue$') and 1000 or 1
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      redis.call('ZINCRBY', key, string.format('%.0f', by * unit), member)
    end
  end
  if string.sub(key, 1, #filler) ~= filler then
    redis.call('PEXPIRE', key, math.max(redis.call('PTTL', key) + by, 1))
  end
end
`
