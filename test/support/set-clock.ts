import { Redis } from 'ioredis'

/** A client whose scripts read the time from the key CLOCK, in milliseconds, and not from the server. */
export class ClockedRedis extends Redis {
  override defineCommand(name: string, definition: { lua: string; numberOfKeys?: number }): void {
    super.defineCommand(name, { ...definition, lua: definition.lua.replaceAll("redis.call('TIME')", TIME) })
  }
}

export const CLOCK = 'clock'

const TIME = `(function()
  local ms = tonumber(redis.call('GET', '${CLOCK}'))
  return {math.floor(ms / 1000), ms % 1000 * 1000}
end)()`
