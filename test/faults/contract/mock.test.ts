import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { GONE, isGranted, isQueued, type Process, Stage, TOMBSTONE } from '../../../src/contract/stage.ts'
import { redisWorld } from '../../contract/redis-world.ts'
import { mockClient } from '../../support/ioredis-mock.ts'

/** The scripts in another Lua, without a server: a smoke test, and no proof of any promise. */
let world: ReturnType<typeof redisWorld>
let stage: Stage
let here: Process

beforeEach(() => {
  const host = randomUUID()
  world = redisWorld(() => mockClient(host))
  stage = new Stage(world)
  here = stage.process(1)
})
afterEach(() => world.close())

test('acquire, commit and release', async () => {
  const holder = await stage.held('a')
  expect(await holder.commit('a', 'second', { keep: true })).toEqual({ outcome: 'written', writes: 2 })
  expect(await holder.release('a', { ttl: 10 ** 9, absolute: 0, interval: 0 })).toEqual({
    outcome: 'released',
  })
  const next = isGranted(await stage.process(2).caller().acquire('a'))
  expect(next).toMatchObject({ data: Buffer.from('second'), writes: 2, touches: 1 })
})

test('a queue, a hand-over, a wake-up and a place given up', async () => {
  const { woken } = await stage.listening(2)
  const holder = await stage.held('a')
  const [next, gone, other] = [here.caller(), here.caller(), stage.process(2).caller()]
  expect(isQueued(await next.acquire('a'))).toMatchObject({ position: 0, waiters: 1, kind: 'ours' })
  expect(isQueued(await gone.acquire('a'))).toMatchObject({ position: 1, waiters: 2 })
  expect(isQueued(await other.acquire('a'))).toMatchObject({ position: 2, waiters: 3 })
  expect(await here.caller().acquire('a', { maxWaiters: 3 })).toMatchObject({ outcome: 'busy', waiters: 3 })
  const found = { data: Buffer.from('second'), writes: 2, touches: 0 }
  expect((await holder.commit('a', 'second')).next).toMatchObject({ token: next.token, found })
  expect(await gone.leave('a')).toEqual({ outcome: 'not-held', wake: next.token })
  expect(await next.release('a')).toEqual({ outcome: 'released' })
  await stage.until(async () => woken.includes(other.token))
  isGranted(await other.acquire('a'))
})

test('a break, and what the holder that lost its lock is told', async () => {
  const holder = await stage.held('a')
  const breaker = stage.process(2).caller()
  const got = isGranted(await breaker.acquire('a', { breaks: { token: holder.token, writes: 1 } }))
  expect(got.took).toMatchObject({ because: 'broken', from: { token: holder.token } })
  expect(await holder.commit('a')).toMatchObject({ outcome: 'refused', reason: 'lock-lost' })
  expect(await stage.store.renew([holder.lease('a')])).toMatchObject([{ outcome: 'lost' }])
})

test('destroy, and all that finds it gone', async () => {
  const holder = await stage.held('a')
  expect(await stage.store.destroy('a', TOMBSTONE)).toMatchObject({
    existed: true,
    holder: { token: holder.token },
  })
  expect(await holder.commit('a')).toEqual({ outcome: 'refused', reason: 'destroyed' })
  expect(await holder.acquire('a')).toEqual(GONE)
  expect(await stage.store.touch('a', { ttl: 1000, absolute: 0, interval: 0 })).toBe('missing')
  expect(await stage.store.read('a')).toEqual({ gone: 'destroyed', old: undefined })
})
