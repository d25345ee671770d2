import type { Redis } from 'ioredis'
import { keysOf } from '../../src/redis/record.ts'
import { type Transition, textOf } from '../../src/redis/scripts.ts'

type Argument = string | number

/** The time by which one record was written, in ms from the first step on. It runs on by itself after each step. */
export interface ServerClock {
  /** Makes it this time, ahead or back, and carries out the command at it. */
  at(ms: number, ...command: Argument[]): Promise<unknown>
  /** As `at`, for a transition of the store and its arguments. */
  does(ms: number, transition: Transition, ...args: Argument[]): Promise<(string | null)[]>
  /** The time that this field of the record tells. */
  told(field: 'since' | 'gap'): Promise<number>
}

/**
 * A clock of one's own is not to be had for a server, so all times in the record are moved the other way, which no script
 * can tell from a clock that jumps. Time and command are one step, so no machine is too slow for them.
 */
export function serverClock(client: Redis, prefix: string, name: string): ServerClock {
  const keys = keysOf(prefix, name)
  return {
    at: (ms, ...command) => client.eval(MOVE + COMMAND, 3, ...keys, ...command, ms),
    does: async (ms, transition, ...args) =>
      (await client.eval(MOVE + textOf(transition), 3, ...keys, ...args, ms)) as (string | null)[],
    told: async field => Number(await client.eval(TOLD, 3, ...keys, field)),
  }
}

const MOVE = `
do
  local record, clock = KEYS[1], KEYS[1] .. ':clock'
  local time = redis.call('TIME')
  local real = time[1] * 1000.0 + math.floor(time[2] / 1000.0)
  local ahead = tonumber(redis.call('GET', clock) or -real)
  local passes = tonumber(ARGV[#ARGV]) - (real + ahead)
  ARGV[#ARGV] = nil
  redis.call('SET', clock, string.format('%.0f', ahead + passes))
  for _, field in ipairs({'since', 'lease', 'gap', 'poll'}) do
    local told = redis.call('HGET', record, field)
    if told then
      local moved = string.gsub(told, '%d+', function(ms) return string.format('%.0f', tonumber(ms) - passes) end)
      redis.call('HSET', record, field, moved)
    end
  end
end
`
const COMMAND = `if ARGV[1] then return redis.call((unpack or table.unpack)(ARGV)) end`
const TOLD = `return tostring(redis.call('HGET', KEYS[1], ARGV[1]) + redis.call('GET', KEYS[1] .. ':clock'))`
