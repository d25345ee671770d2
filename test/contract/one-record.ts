// One record on a real Redis, and what only its key shows. A test that imports it has a new world for each test.
import { afterEach, beforeEach } from '@jest/globals'
import { Redis } from 'ioredis'
import { type Process, Stage } from '../../src/contract/stage.ts'
import { ownRedis } from '../support/own-redis.ts'
import { redisWorld } from './redis-world.ts'

/** What only the key in Redis shows. */
export const RECORD = 's_a'

export const redis = ownRedis()
let world: ReturnType<typeof redisWorld>
export let stage: Stage
export let here: Process

beforeEach(() => {
  world = redisWorld(() => new Redis({ path: redis.path, lazyConnect: true }), { prefix: 's_' })
  stage = new Stage(world)
  here = stage.process(1)
})
afterEach(async () => {
  await world.close()
  await redis.client.config('SET', 'maxmemory', '0')
  await redis.client.flushall()
})

export const naming = (token: string) => ({ breaks: { token, writes: undefined } })

export const fieldsNamed = async (pattern: RegExp) =>
  Object.keys(await redis.client.hgetall(RECORD)).filter(field => pattern.test(field))

export async function damage(at: number, by: string): Promise<void> {
  const state = (await redis.client.hget(RECORD, 'state')) ?? ''
  await redis.client.hset(RECORD, 'state', state.slice(0, at) + by + state.slice(at + by.length))
}
