import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { isGranted, isQueued, LONG, type Process, SHORT, Stage } from '../../src/contract/stage.ts'
import { ownRedis } from '../support/own-redis.ts'
import { redisWorld } from './redis-world.ts'

/** What only the keys in Redis show. */
const RECORD = 's_a'
const QUEUE = '{s_a}:queue'
const DEADLINES = '{s_a}:deadlines'

const redis = ownRedis()
let world: ReturnType<typeof redisWorld>
let stage: Stage
let here: Process

beforeEach(() => {
  world = redisWorld(() => new Redis({ path: redis.path, lazyConnect: true }), 's_')
  stage = new Stage(world)
  here = stage.process(1)
})
afterEach(async () => {
  await world.close()
  await redis.client.config('SET', 'maxmemory', '0')
  await redis.client.flushall()
})

const naming = (token: string) => ({ breaks: { token, writes: undefined } })

describe('nothing stays behind', () => {
  test('of a record that expired with waiters in its queue and a holder that lost its lock', async () => {
    const holder = await stage.held('a')
    const next = stage.process(2).caller()
    isGranted(await next.acquire('a', naming(holder.token)))
    isQueued(await here.caller().acquire('a', { patience: 20 }))
    await next.commit('a', 'short', { ttl: SHORT, keep: true, lease: 20 })
    await stage.until(async () => (await redis.client.exists(RECORD, QUEUE)) === 0)
    expect(await redis.client.keys('*')).toEqual([DEADLINES])
    expect(await redis.client.pttl(DEADLINES)).toBeGreaterThan(0)
  })

  test('of a destroyed one, and a waiter that comes late leaves nothing either', async () => {
    await stage.held('a')
    const waiter = here.caller()
    isQueued(await waiter.acquire('a'))
    await stage.store.destroy('a')
    expect(await waiter.acquire('a')).toEqual({ outcome: 'missing' })
    expect(await redis.client.dbsize()).toBe(0)
  })

  test('of waiters that died and whose queue has expired', async () => {
    await stage.record('a')
    await redis.client.zadd(DEADLINES, 1, 'web|1|contract-9-dead.1 GET shop.example/')
    isGranted(await here.caller().acquire('a'))
    expect(await redis.client.exists(DEADLINES)).toBe(0)
  })

  test('lost holders are forgotten, though nobody ever waits', async () => {
    await redis.client.zadd(DEADLINES, '1', '!web|1|old.1', '2', '!web|1|old.2')
    const holder = await stage.held('a')
    isGranted(await stage.process(2).caller().acquire('a', naming(holder.token)))
    expect(await redis.client.zrange(DEADLINES, '0', '-1')).toEqual([`!${holder.token}`])
  })
})

describe('the memory of lost holders', () => {
  test('is no waiter: neither counted, nor handed the lock, nor in the way of maxWaiters', async () => {
    const holder = await stage.held('a')
    const breaker = here.caller()
    isGranted(await breaker.acquire('a', naming(holder.token)))
    const next = here.caller()
    expect(await next.acquire('a', { maxWaiters: 1 })).toMatchObject({ position: 0, waiters: 1 })
    expect((await stage.store.inspect('a'))?.waiters).toBe(1)
    expect((await breaker.release('a')).next?.token).toBe(next.token)
    expect(await next.release('a')).toEqual({ outcome: 'released' })
  })

  test('does not shorten the life of those who wait', async () => {
    const holder = await stage.held('a')
    for (const waiter of here.callers(2)) isQueued(await waiter.acquire('a', { patience: 10 * LONG }))
    isQueued(await here.caller().acquire('a', { patience: SHORT, ...naming(holder.token) }))
    expect(await redis.client.pttl(DEADLINES)).toBeGreaterThan(10 * LONG)
    expect(await redis.client.pttl(QUEUE)).toBeGreaterThan(10 * LONG)
  })
})

describe('a PHP neighbour', () => {
  test('has held the lock for nobody knows how long, whatever our last holder left in the record', async () => {
    const holder = await stage.held('a')
    await redis.client.hset(RECORD, 'lock', 1, 'pid', 'web|77')
    const seen = isQueued(await here.caller().acquire('a'))
    expect(seen).toMatchObject({ kind: 'php', holder: { token: 'web|77' } })
    expect(seen.holder.heldFor).toBeUndefined()
    expect(await holder.commit('a')).toMatchObject({ reason: 'taken', holder: { heldFor: undefined } })
    expect(await stage.store.renew([holder.lease('a')])).toMatchObject([{ holder: { heldFor: undefined } }])
    expect((await stage.store.destroy('a')).holder).toMatchObject({ token: 'web|77', heldFor: undefined })
  })

  test('is not broken while it enters: locked, and not signed yet', async () => {
    const last = await stage.held('a')
    await last.release('a')
    await redis.client.hincrby(RECORD, 'lock', 1)
    const waiter = here.caller()
    const seen = isQueued(await waiter.acquire('a', naming(last.token)))
    expect([seen.kind, seen.took]).toEqual(['entering', undefined])
    expect(await last.commit('a')).toEqual({ outcome: 'refused', reason: 'taken' })
    expect(await stage.store.renew([last.lease('a')])).toEqual([{ outcome: 'lost' }])
  })

  test('that enters is not taken for the one of ours that had the lock before it', async () => {
    const first = await stage.held('a')
    const second = stage.process(2).caller()
    isGranted(await second.acquire('a', naming(first.token)))
    await second.release('a')
    await redis.client.hincrby(RECORD, 'lock', 1)
    const holder = { token: second.token, released: true }
    expect(await first.commit('a')).toMatchObject({ reason: 'taken', holder })
    expect(await stage.store.renew([first.lease('a')])).toMatchObject([{ outcome: 'lost', holder }])
  })

  test('that took the lock and let go is named as the last that had it', async () => {
    const holder = await stage.held('a')
    await redis.client.hset(RECORD, 'lock', 0, 'pid', 'web|77', 'req', 'GET shop.example/php')
    const last = { token: 'web|77', request: 'GET shop.example/php', heldFor: undefined, released: true }
    expect(await stage.store.renew([holder.lease('a')])).toEqual([{ outcome: 'lost', holder: last }])
    expect(await holder.commit('a')).toMatchObject({ reason: 'taken', holder: last })
  })
})

describe('without memory left', () => {
  const full = () => redis.client.config('SET', 'maxmemory', '1')

  test.each([false, true])('a commit (keep: %s) writes nothing and hands the lock on', async keep => {
    const holder = await stage.held('a')
    const next = here.caller()
    isQueued(await next.acquire('a'))
    await full()
    expect(await holder.commit('a', 'x'.repeat(1000), { keep })).toMatchObject({
      outcome: 'refused',
      reason: 'out-of-memory',
      next: { token: next.token, found: { data: Buffer.from('first'), writes: 1 } },
    })
    expect((await stage.store.inspect('a'))?.holder?.token).toBe(next.token)
  })

  test('a lock is taken, queued for, broken, renewed, touched, released and destroyed as ever', async () => {
    await stage.record('a')
    await full()
    const holder = here.caller()
    isGranted(await holder.acquire('a', { lease: 1000 }))
    const [next, last] = [stage.process(2).caller(), here.caller()]
    isQueued(await next.acquire('a'))
    isQueued(await last.acquire('a'))
    isGranted(await next.acquire('a', naming(holder.token)))
    expect(await stage.process(2).store.renew([next.lease('a')])).toEqual([{ outcome: 'renewed' }])
    expect(await stage.store.touch('a', { ttl: 9 * LONG, absolute: 0, interval: 0 })).toBe('touched')
    expect(await last.leave('a')).toEqual({ outcome: 'not-held' })
    expect(await next.release('a')).toEqual({ outcome: 'released' })
    expect(await stage.store.destroy('a')).toEqual({ existed: true })
  })

  test('a creating commit is refused and leaves no key', async () => {
    await full()
    const refused = await here.caller().commit('a', 'x', { mode: 'create', keep: true })
    expect(refused).toEqual({ outcome: 'refused', reason: 'out-of-memory' })
    expect(await redis.client.dbsize()).toBe(0)
  })
})

describe('numbers', () => {
  test('keep every digit beyond 32 bits', async () => {
    await stage.record('a', 'x', { ttl: 30 * 86_400_000 })
    await redis.client.hset(RECORD, 'writes', String(2 ** 40))
    const holder = here.caller()
    expect(await holder.acquire('a', { lease: 2 ** 33 })).toMatchObject({ writes: 2 ** 40 })
    expect(await holder.commit('a', 'y', { ttl: 400 * 86_400_000 })).toMatchObject({ writes: 2 ** 40 + 1 })
    expect(await redis.client.hget(RECORD, 'writes')).toBe('1099511627777')
    expect(await redis.client.pttl(RECORD)).toBeGreaterThan(399 * 86_400_000)
  })

  test('are whole in the record, as PHP and every other reader expects', async () => {
    const holder = await stage.held('a')
    await holder.commit('a', 'x', { keep: true, ttl: LONG + 0.5, absolute: 100 * LONG + 0.25, lease: 1000.5 })
    await stage.store.touch('a', { ttl: 2 * LONG + 0.5, absolute: 0, interval: 0.5 })
    const record = await redis.client.hgetall(RECORD)
    const { data: _, pid: __, req: ___, last: ____, born: _____, ...fields } = record
    for (const [field, value] of Object.entries(fields)) expect(`${field} ${value}`).toMatch(/^\w+ \d+$/)
  })
})
