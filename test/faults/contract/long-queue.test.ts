import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import {
  type Caller,
  isGranted,
  isQueued,
  type Process,
  Stage,
  TOMBSTONE,
} from '../../../src/contract/stage.ts'
import type { Acquired } from '../../../src/store.ts'
import { redisWorld } from '../../contract/redis-world.ts'
import { ownRedis } from '../../support/own-redis.ts'

const WAITERS = 10_000
const BATCH = 500
const RECORD = 's_a'

const redis = ownRedis()
let world: ReturnType<typeof redisWorld>
let stage: Stage
let holder: Caller
let waiters: Caller[]
let crowd: Process

beforeEach(async () => {
  world = redisWorld(() => new Redis({ path: redis.path, lazyConnect: true }), { prefix: 's_' })
  stage = new Stage(world)
  crowd = stage.process(2)
  holder = await stage.held('a')
  waiters = crowd.callers(WAITERS)
})
afterEach(async () => {
  await world.close()
  await redis.client.flushall()
})

/** How often Redis ran a command since `CONFIG RESETSTAT`. */
async function callsOf(command: string): Promise<number> {
  const stats = await redis.client.info('commandstats')
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0)
}

/** A command is answered in time or not at all, and a slow machine may not have time for all of them at once. */
async function queue(): Promise<Acquired[]> {
  const seen: Acquired[] = []
  while (seen.length < WAITERS) {
    const batch = waiters.slice(seen.length, seen.length + BATCH)
    seen.push(...(await Promise.all(batch.map(waiter => waiter.acquire('a')))))
  }
  return seen
}

test('ten thousand waiters each have their place, and the first is handed the lock', async () => {
  await crowd.listen()
  const seen = await queue()
  expect(seen.map(got => isQueued(got).position)).toEqual([...waiters.keys()])
  expect(new Set(seen.map(got => isQueued(got).arrival)).size).toBe(WAITERS)
  await holder.release('a')
  expect((await stage.store.inspect('a'))?.holder?.token).toBe(waiters[0]?.token)
  await stage.store.destroy('a', TOMBSTONE)
  // The first was told twice: that it holds, and that its session is gone.
  await stage.until(async () => crowd.woken.length === WAITERS + 1)
})

test('ten thousand waiters that nobody hears hold up nobody, and no step of it visits more than some of them', async () => {
  await queue()
  await redis.client.config('RESETSTAT')
  expect(await holder.commit('a', 'x')).toEqual({ outcome: 'written', writes: 2 })
  expect((await stage.store.inspect('a'))?.waiters).toBe(0)
  expect(await callsOf('hkeys')).toBe(0)
  // 128 a step; the first `leave` sends its text.
  expect(await callsOf('evalsha')).toBeGreaterThanOrEqual(Math.floor(WAITERS / 128))
  isGranted(await stage.process(1).caller().acquire('a'))
})

test('ten thousand waiters that died are cleared away by the one that is next', async () => {
  await queue()
  const fields = Object.entries(await redis.client.hgetall(RECORD)).filter(([field]) =>
    field.startsWith('w:'),
  )
  const over = fields.flatMap(([field, waiter]) => [field, waiter.replace(/ \d+ /, ' 1 ')])
  await redis.client.hset(RECORD, ...over)
  const next = stage.process(1).caller()
  isQueued(await next.acquire('a', { maxWaiters: WAITERS }))
  expect((await stage.store.inspect('a'))?.waiters).toBeLessThanOrEqual(WAITERS)
  expect((await holder.release('a')).next?.token).toBe(next.token)
  expect(await redis.client.hlen(RECORD)).toBeLessThan(10)
})

test.each(['before', 'after'])(
  'a waiter that came back to a place of long ago %s ten thousand others asked makes no step list them all',
  async when => {
    await crowd.listen()
    const early = stage.process(3).caller()
    const { arrival } = isQueued(await early.acquire('a'))
    await early.leave('a')
    const back = () => early.acquire('a', { arrival: arrival - 10 ** 9 })
    if (when === 'before') isQueued(await back())
    await queue()
    await redis.client.config('RESETSTAT')
    for (const next of waiters.slice(0, 3)) {
      // Nobody hears its process: each time the lock is handed on it is passed over.
      expect(isQueued(await back()).position).toBe(0)
      await holder.release('a')
      isGranted(await next.acquire('a'))
      holder = next
    }
    expect(await callsOf('hkeys')).toBe(0)
    expect((await stage.store.inspect('a'))?.waiters).toBe(WAITERS - 3)
  },
)
