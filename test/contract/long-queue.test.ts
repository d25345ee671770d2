import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { type Caller, isGranted, isQueued, type Process, Stage } from '../../src/contract/stage.ts'
import { ownRedis } from '../support/own-redis.ts'
import { redisWorld } from './redis-world.ts'

const WAITERS = 10_000

const redis = ownRedis()
let world: ReturnType<typeof redisWorld>
let stage: Stage
let holder: Caller
let waiters: Caller[]
let crowd: Process

beforeEach(async () => {
  world = redisWorld(() => new Redis({ path: redis.path, lazyConnect: true }))
  stage = new Stage(world)
  crowd = stage.process(2)
  holder = await stage.held('a')
  waiters = crowd.callers(WAITERS)
})
afterEach(() => world.close())

const queue = (patience: number) => Promise.all(waiters.map(waiter => waiter.acquire('a', { patience })))

test('ten thousand waiters each have their place, and the first is handed the lock', async () => {
  await crowd.listen()
  const seen = await queue(60_000)
  expect(seen.map(got => isQueued(got).position)).toEqual([...waiters.keys()])
  expect(new Set(seen.map(got => isQueued(got).arrival)).size).toBe(WAITERS)
  await holder.release('a')
  expect((await stage.store.inspect('a'))?.holder?.token).toBe(waiters[0]?.token)
  await stage.store.destroy('a')
  // The first was told twice: that it holds, and that its session is gone.
  await stage.until(async () => crowd.woken.length === WAITERS + 1)
})

test('ten thousand waiters that nobody hears hold up nobody', async () => {
  await queue(60_000)
  expect(await holder.commit('a', 'x')).toEqual({ outcome: 'written', writes: 2 })
  const next = stage.process(1).caller()
  isGranted(await next.acquire('a'))
  expect(await stage.process(3).caller().acquire('a', { maxWaiters: 1 })).toMatchObject({
    waiters: WAITERS + 1,
  })
})

test('ten thousand waiters that died are cleared away by the next step', async () => {
  await queue(4000)
  const next = stage.process(1).caller()
  await stage.until(async () => ((await stage.store.inspect('a'))?.waiters ?? 1) === 0)
  expect(await next.acquire('a')).toMatchObject({ outcome: 'queued', position: 0, waiters: 1 })
  expect((await holder.release('a')).next?.token).toBe(next.token)
})
