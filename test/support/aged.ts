import type { Redis } from 'ioredis'
import type { Sessions } from '../../src/index.ts'

/** Where a record's `state` has since when its session has this id, as common.lua describes it. */
const [FROM, TO] = [72, 85]

/** The session has had its id for `ms` longer. */
export async function ageId(redis: Redis, sessions: Sessions, id: string, ms: number): Promise<void> {
  const { key = '' } = (await sessions.inspect(id)) ?? {}
  const state = (await redis.hget(key, 'state')) ?? ''
  const named = String(Number(state.slice(FROM, TO)) - ms).padStart(TO - FROM, '0')
  await redis.hset(key, 'state', state.slice(0, FROM) + named + state.slice(TO))
}
