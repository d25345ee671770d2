import type { Redis } from 'ioredis'

/** The time by which one record was written, in ms from the first step on. It runs on by itself after each step. */
export interface ServerClock {
  /** Makes it this time, ahead or back, and carries out the command at it. */
  at(ms: number, ...command: (string | number)[]): Promise<unknown>
  /** The time that this field of the record tells. */
  told(field: 'since' | 'gap'): Promise<number>
}

/**
 * A clock of one's own is not to be had for a server, so all times in the record are moved the other way, which no script
 * can tell from a clock that jumps. Time and command are one step, so no machine is too slow for them.
 */
export function serverClock(client: Redis, record: string): ServerClock {
  const keys = [record, 'the clock of the test']
  return {
    at: (ms, ...command) => client.eval(AT, 2, ...keys, ms, ...command),
    told: async field => Number(await client.eval(TOLD, 2, ...keys, field)),
  }
}

const AT = `
local record, clock = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local real = time[1] * 1000.0 + math.floor(time[2] / 1000.0)
local ahead = tonumber(redis.call('GET', clock) or -real)
local passes = tonumber(ARGV[1]) - (real + ahead)
redis.call('SET', clock, string.format('%.0f', ahead + passes))
for _, field in ipairs({'since', 'lease', 'gap', 'poll'}) do
  local told = redis.call('HGET', record, field)
  if told then
    local moved = string.gsub(told, '%d+', function(ms) return string.format('%.0f', tonumber(ms) - passes) end)
    redis.call('HSET', record, field, moved)
  end
end
if ARGV[2] then return redis.call((unpack or table.unpack)(ARGV, 2)) end
`
const TOLD = `return tostring(redis.call('HGET', KEYS[1], ARGV[1]) + redis.call('GET', KEYS[2]))`
