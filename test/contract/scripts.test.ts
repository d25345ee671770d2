import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import {
  type Caller,
  GONE,
  isGranted,
  isQueued,
  LONG,
  type Process,
  SHORT,
  Stage,
  TOMBSTONE,
} from '../../src/contract/stage.ts'
import { ownRedis } from '../support/own-redis.ts'
import { redisWorld } from './redis-world.ts'

/** What only the key in Redis shows. */
const RECORD = 's_a'

const redis = ownRedis()
let world: ReturnType<typeof redisWorld>
let stage: Stage
let here: Process

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

const naming = (token: string) => ({ breaks: { token, writes: undefined } })

const fieldsNamed = async (pattern: RegExp) =>
  Object.keys(await redis.client.hgetall(RECORD)).filter(field => pattern.test(field))

describe('everything of a session is one key', () => {
  test('with a holder, with waiters, after a break, and destroyed', async () => {
    const holder = await stage.held('a')
    const [next, last] = [stage.process(2).caller(), here.caller()]
    isGranted(await next.acquire('a', naming(holder.token)))
    isQueued(await last.acquire('a'))
    expect(await redis.client.keys('*')).toEqual([RECORD])
    await stage.store.destroy('a', TOMBSTONE)
    expect(await redis.client.keys('*')).toEqual([RECORD])
    expect(await redis.client.pttl(RECORD)).toBeGreaterThan(0)
  })

  test('that ends with its holder and its waiters', async () => {
    const holder = await stage.held('a')
    isQueued(await here.caller().acquire('a', { patience: 20 }))
    await holder.commit('a', 'short', { ttl: SHORT, keep: true, lease: 20 })
    await stage.until(async () => (await redis.client.dbsize()) === 0)
  })

  test('and a tombstone holds no waiter and no data', async () => {
    await stage.held('a')
    const waiter = here.caller()
    isQueued(await waiter.acquire('a'))
    await stage.store.destroy('a', TOMBSTONE)
    expect(await waiter.acquire('a')).toEqual(GONE)
    expect(Object.keys(await redis.client.hgetall(RECORD)).sort()).toEqual(['gone', 'lock', 'pid'])
  })

  test('of which a waiter that leaves takes its part, and the last one the queue', async () => {
    await stage.held('a')
    const [one, other] = here.callers(2) as [Caller, Caller]
    isQueued(await one.acquire('a'))
    isQueued(await other.acquire('a'))
    await one.leave('a')
    expect(await fieldsNamed(/^w:/)).toHaveLength(1)
    await other.leave('a')
    expect(await fieldsNamed(/^(w:|queue)/)).toEqual([])
  })
})

describe('the queue', () => {
  test('a waiter that comes back to its place from long ago has it, and the others keep theirs', async () => {
    const holder = await stage.held('a')
    const slow = stage.process(2).caller()
    const { arrival } = isQueued(await slow.acquire('a'))
    // Taken out, for no client listens; then the queue is forgotten, and begins again with later numbers.
    await holder.release('a')
    const again = here.caller()
    isGranted(await again.acquire('a'))
    const later = here.callers(3)
    for (const waiter of later) isQueued(await waiter.acquire('a'))
    expect(await slow.acquire('a')).toMatchObject({ outcome: 'queued', arrival, position: 0, waiters: 4 })
    await stage.process(2).listen()
    await again.release('a')
    expect((await stage.store.inspect('a'))?.holder?.token).toBe(slow.token)
    isGranted(await slow.acquire('a'))
    await here.listen()
    await slow.release('a')
    expect((await stage.store.inspect('a'))?.holder?.token).toBe(later[0]?.token)
  })

  test('numbers that were given before the queue was forgotten are not given again', async () => {
    const holder = await stage.held('a')
    const deaf = stage.process(2).callers(2) as [Caller, Caller]
    for (const waiter of deaf) isQueued(await waiter.acquire('a'))
    await holder.release('a')
    isGranted(await holder.acquire('a'))
    isQueued(await deaf[0].acquire('a'))
    const fresh = here.caller()
    isQueued(await fresh.acquire('a'))
    expect(await deaf[1].acquire('a')).toMatchObject({ position: 1, waiters: 3 })
    expect(await fresh.acquire('a')).toMatchObject({ waiters: 3 })
  })

  test('that is damaged counts as none, and its waiters come back to it', async () => {
    const holder = await stage.held('a')
    const [first, second] = here.callers(2) as [Caller, Caller]
    isQueued(await first.acquire('a'))
    isQueued(await second.acquire('a'))
    await redis.client.hset(RECORD, 'queue', 'nonsense')
    isQueued(await second.acquire('a'))
    isQueued(await first.acquire('a'))
    expect((await holder.release('a')).next?.token).toBe(first.token)
  })

  test('a process that let a grant lapse is passed over with all its waiters, until it asks', async () => {
    const asleep = await stage.listening(2)
    const holder = await stage.held('a')
    const waiters = asleep.callers(50)
    for (const waiter of waiters) isQueued(await waiter.acquire('a'))
    const next = here.caller()
    isQueued(await next.acquire('a'))
    await holder.store.release('a', { ...holder.waiter, grant: SHORT })
    const got = await stage.until(() => next.granted('a'))
    expect(got.took?.from.token).toBe(waiters[0]?.token)
    expect(await stage.store.inspect('a')).toMatchObject({ waiters: 49 })
    await next.release('a')
    expect((await stage.store.inspect('a'))?.holder).toBeUndefined()
    isGranted(await (waiters[1] as Caller).acquire('a'))
    await waiters[1]?.release('a')
    expect((await stage.store.inspect('a'))?.holder?.token).toBe(waiters[2]?.token)
  })

  test('waiters that come back to places far apart are served in order, and each is counted once', async () => {
    let holder = await stage.held('a')
    const others = here.callers(200)
    await Promise.all(others.map(waiter => waiter.acquire('a')))
    const first = Number((await redis.client.hget(RECORD, 'queue'))?.split(' ')[0])
    // More gaps than the record keeps. The last ones come back first.
    const back = here.callers(40)
    for (const [i, waiter] of [...back.entries()].reverse())
      isQueued(await waiter.acquire('a', { arrival: first - (40 - i) * 1000 }))
    expect(await stage.store.inspect('a')).toMatchObject({ waiters: 240 })
    for (const waiter of [...back, ...others]) {
      expect((await holder.release('a')).next?.token).toBe(waiter.token)
      holder = waiter
    }
    expect(await fieldsNamed(/^(w:|queue)/)).toEqual([])
  })

  test('a hole that waiters left is listed once, however often the lock passes over it', async () => {
    const asleep = await stage.listening(2)
    let holder = await stage.held('a')
    const [late, passed] = asleep.callers(2) as [Caller, Caller]
    isQueued(await late.acquire('a'))
    isQueued(await passed.acquire('a'))
    const waiters = here.callers(700)
    await Promise.all(waiters.map(waiter => waiter.acquire('a')))
    await holder.store.release('a', { ...holder.waiter, grant: SHORT })
    const [next, ...others] = waiters as [Caller, ...Caller[]]
    await stage.until(() => next.granted('a'))
    holder = next
    await Promise.all(others.splice(0, 300).map(waiter => waiter.leave('a')))
    await redis.client.config('RESETSTAT')
    for (const waiter of others.slice(0, 270)) {
      expect((await holder.release('a')).next?.token).toBe(waiter.token)
      holder = waiter
    }
    expect(await redis.client.info('commandstats')).toMatch(/cmdstat_hkeys:calls=1,/)
    expect(await stage.store.inspect('a')).toMatchObject({ waiters: 130 })
    isQueued(await passed.acquire('a'))
    await holder.release('a')
    expect((await stage.store.inspect('a'))?.holder?.token).toBe(passed.token)
  })

  test('a waiter that a damaged gap hides comes back to the queue when it asks', async () => {
    const holder = await stage.held('a')
    const [first, second] = here.callers(2) as [Caller, Caller]
    const { arrival } = isQueued(await first.acquire('a'))
    isQueued(await second.acquire('a'))
    await redis.client.hset(RECORD, 'queue', `${arrival} ${arrival + 1} 1 ${arrival - 1}>${arrival + 1}`)
    expect(isQueued(await first.acquire('a'))).toMatchObject({ position: 0, waiters: 2 })
    expect((await holder.release('a')).next?.token).toBe(first.token)
    expect((await first.release('a')).next?.token).toBe(second.token)
  })

  test('a grant lasts no longer than a lease', async () => {
    await stage.listening(2)
    const holder = await stage.held('a')
    isQueued(await stage.process(2).caller().acquire('a'))
    await holder.store.release('a', { ...holder.waiter, lease: SHORT, grant: LONG })
    expect((await stage.store.inspect('a'))?.holder?.leaseLeft).toBeLessThanOrEqual(SHORT)
  })
})

describe('what a grant to another process says', () => {
  test.each([
    ['small', 1000, true],
    ['large', 10_000, false],
  ])('data that is %s (%i bytes) is in it: %s', async (_, size, said) => {
    const other = await stage.listening(2)
    const holder = await stage.held('a')
    const next = other.caller()
    isQueued(await next.acquire('a'))
    const data = Buffer.alloc(size, '\n\u0000x')
    await holder.commit('a', data)
    await stage.until(async () => other.woken.includes(next.token))
    const life = await stage.lifeOf('a')
    expect(other.granted.get(next.token)).toEqual(said ? { data, writes: 2, touches: 0, ...life } : undefined)
  })
})

/** A state of which some characters are others. */
async function damage(at: number, by: string): Promise<void> {
  const state = (await redis.client.hget(RECORD, 'state')) ?? ''
  await redis.client.hset(RECORD, 'state', state.slice(0, at) + by + state.slice(at + by.length))
}

describe('a record with impossible values', () => {
  test.each([
    ['lock', '1e309'],
    ['lock', 'yes'],
    ['writes', 'abc'],
    ['writes', '-7'],
    ['writes', '1.5'],
    ['state', 'x'],
    ['state', '1 x'],
    ['state', '0 0 0'],
    ['state', '1e309'],
    ['state', '1.1 0000000000000'],
    ['state', 'y'.repeat(100)],
    ['state', `1 0000000000000 0000000000000 ${'x'.repeat(60)}`],
    ['queue', 'x'],
    ['queue', '1 1000000000 1000000000'],
    ['queue', '1 99999999999999999999 1'],
    ['poll', 'x'],
    ['poll', '0 1 9999999999999'],
    ['poll', '9999999999999 1 9999999999999'],
    ['wait', 'x'],
  ])('is repaired by the next request: %s = %s', async (field, value) => {
    await stage.record('a', 'precious')
    await redis.client.hset(RECORD, field, value)
    const caller = here.caller()
    expect(isGranted(await caller.acquire('a')).data).toEqual(Buffer.from('precious'))
    expect(await caller.commit('a', 'on')).toMatchObject({ outcome: 'written' })
    isGranted(await here.caller().acquire('a'))
  })

  test.each([
    ['writes', '-5'],
    ['writes', '1.5'],
    ['writes', '0x10'],
    ['state', 'x'],
    ['state', '0 0 0'],
    ['state', 'y'.repeat(100)],
    ['state', `1 0000000000000 0000000000000 ${'x'.repeat(60)}`],
  ])('is repaired by an optimistic commit: %s = %s', async (field, value) => {
    await stage.record('a', 'precious')
    await redis.client.hset(RECORD, field, value)
    const [caller, late] = here.callers(2) as [Caller, Caller]
    await caller.read('a')
    await late.read('a')
    expect(await caller.commit('a', 'on', { mode: 'optimistic' })).toMatchObject({ outcome: 'written' })
    expect(await late.commit('a', 'late', { mode: 'optimistic' })).toMatchObject({ outcome: 'refused' })
  })

  test.each([
    ['the end', 30],
    ['the beginning', 44],
    ['the last commit', 58],
    ['the touches', 72],
  ])('is repaired by either commit, with %s damaged', async (_, at) => {
    await stage.record('a', 'precious')
    await damage(at, 'x1-.')
    const caller = here.caller()
    await caller.read('a')
    expect(await caller.commit('a', 'on', { mode: 'optimistic' })).toMatchObject({ outcome: 'written' })
    await damage(at, 'x1-.')
    const holder = here.caller()
    isGranted(await holder.acquire('a'))
    expect(await holder.commit('a', 'and on')).toMatchObject({ outcome: 'written' })
  })

  test.each([30, 44, 58, 72])(
    'a holder whose state is damaged from %i on has lost its lock, and hears so',
    async at => {
      const holder = await stage.held('a')
      await damage(at, 'x1-.')
      expect(await holder.commit('a', 'late')).toMatchObject({ outcome: 'refused' })
      expect((await stage.read('a'))?.data).toEqual(Buffer.from('first'))
    },
  )

  test('a queue that says it is longer than it is costs a few steps, and keeps its waiters', async () => {
    const holder = await stage.held('a')
    const [first, second] = here.callers(2) as [Caller, Caller]
    const { arrival } = isQueued(await first.acquire('a'))
    isQueued(await second.acquire('a'))
    await redis.client.hset(RECORD, 'queue', `${arrival - 10 ** 9} ${arrival + 10 ** 9} ${10 ** 10}`)
    await redis.client.config('RESETSTAT')
    const third = here.caller()
    expect(await third.acquire('a', { maxWaiters: 2 })).toMatchObject({ outcome: 'busy', waiters: 2 })
    expect((await holder.release('a')).next?.token).toBe(first.token)
    expect((await first.release('a')).next?.token).toBe(second.token)
    expect(await second.release('a')).toEqual({ outcome: 'released' })
    expect(await fieldsNamed(/^(w:|queue)/)).toEqual([])
    const calls = /cmdstat_evalsha:calls=(\d+)/.exec(await redis.client.info('commandstats'))?.[1]
    expect(Number(calls)).toBeLessThan(12)
  })

  test.each(['x', '-1', '1e309'])("tells no PHP waiters where PHP's count of them is %j", async wait => {
    await stage.record('a')
    await redis.client.hset(RECORD, 'wait', wait)
    expect(await stage.store.inspect('a')).toMatchObject({ phpWaiters: 0 })
  })

  test('a holder whose state is damaged has lost its lock', async () => {
    const holder = await stage.held('a')
    await redis.client.hset(RECORD, 'state', 'x')
    const next = stage.process(2).caller()
    expect(isGranted(await next.acquire('a')).took).toMatchObject({ because: 'lapsed' })
    expect(await holder.commit('a', 'late')).toMatchObject({ outcome: 'refused' })
  })

  test.each([
    ['state', '2 1764000000000 something else'],
    ['state', '2'],
    ['state', '2 x'],
    ['state', '2g1'],
    ['state', '2{"lease":1}'],
    ['state', '2.1 0000000000000'],
    ['gone', '2'],
    ['gone', '2 destroyed 1 0'],
    ['gone', '2{"kind":"destroyed"}'],
  ])('of a newer format is left as it is, and every step says so: %s = %s', async (field, value) => {
    await stage.record('a', 'new')
    await redis.client.hset(RECORD, field, value)
    const before = await redis.client.hgetall(RECORD)
    const caller = here.caller()
    const steps = [
      () => caller.acquire('a'),
      () => caller.read('a'),
      () => caller.commit('a', 'x', { mode: 'unlocked' }),
      () => caller.release('a'),
      () => caller.leave('a'),
      () => stage.store.touch('a', { ttl: 9 * LONG, absolute: 0, interval: 0 }),
      () => stage.store.destroy('a', TOMBSTONE),
      () => stage.store.inspect('a'),
    ]
    for (const step of steps)
      await expect(step()).rejects.toMatchObject({ code: 'RECORD_VERSION', message: /format 2/ })
    expect(await stage.store.renew([caller.lease('a')])).toMatchObject([{ outcome: 'failed' }])
    expect(await redis.client.hgetall(RECORD)).toEqual(before)
  })
})

describe('a session past its absolute end, whose key another program keeps alive', () => {
  const names = async () => {
    const seen: string[] = []
    for await (const name of stage.store.names()) seen.push(name)
    return seen
  }

  test('is not listed, and the time is asked for only where sessions have such an end', async () => {
    await stage.record('a', 'x', { absolute: LONG })
    await stage.record('b')
    expect((await names()).sort()).toEqual(['a', 'b'])
    await damage(30, '0000000000001')
    await redis.client.persist(RECORD)
    expect(await names()).toEqual(['b'])
    expect(await stage.store.inspect('a')).toBeUndefined()
    expect(await stage.store.destroy('a', TOMBSTONE)).toEqual({ existed: false })
    await redis.client.del(RECORD)
    await redis.client.config('RESETSTAT')
    expect(await names()).toEqual(['b'])
    expect(await redis.client.info('commandstats')).not.toContain('cmdstat_time:')
  })
})

describe('a tombstone and a PHP neighbour', () => {
  test("keeps PHP's count of waiters, and a token that is not PHP's", async () => {
    await stage.record('a')
    await redis.client.hset(RECORD, 'wait', 2)
    await stage.store.destroy('a', TOMBSTONE)
    expect(await redis.client.hgetall(RECORD)).toMatchObject({ wait: '2', pid: TOMBSTONE.token, lock: '0' })
  })

  test('data beside it, which a PHP request wrote that had looked before, is gone all the same', async () => {
    await stage.record('a')
    await stage.store.destroy('a', TOMBSTONE)
    await redis.client.hset(RECORD, 'data', 'late', 'lock', 0)
    await redis.client.hincrby(RECORD, 'writes', 1)
    expect(await here.caller().acquire('a')).toEqual(GONE)
    expect(await stage.read('a')).toBeUndefined()
    expect(await stage.store.inspect('a')).toBeUndefined()
  })

  test('a session that PHP begins in its place is one, empty or not', async () => {
    await stage.record('a')
    await stage.store.destroy('a', TOMBSTONE)
    await redis.client.hset(RECORD, 'lock', 0, 'pid', 'web|77', 'data', '', 'writes', 1)
    expect((await stage.read('a'))?.data).toEqual(Buffer.alloc(0))
    const caller = here.caller()
    isGranted(await caller.acquire('a'))
    expect(await redis.client.hexists(RECORD, 'gone')).toBe(0)
    expect(await caller.commit('a', 'on')).toMatchObject({ outcome: 'written', writes: 2 })
  })

  test('PHP that begins one is waited for', async () => {
    await stage.record('a')
    await stage.store.destroy('a', TOMBSTONE)
    await redis.client.hset(RECORD, 'lock', 1, 'pid', 'web|77')
    expect(await here.caller().acquire('a')).toMatchObject({ outcome: 'queued', kind: 'php' })
  })

  test('PHP that held the lock and signs after it finds the tombstone put back', async () => {
    await stage.record('a')
    await redis.client.hset(RECORD, 'lock', 1, 'pid', 'web|77')
    await stage.store.destroy('a', TOMBSTONE)
    await redis.client.hset(RECORD, 'lock', 1, 'pid', 'web|78')
    await stage.until(async () => (await redis.client.hget(RECORD, 'pid')) === TOMBSTONE.token)
    expect(await here.caller().acquire('a')).toEqual(GONE)
  })
})

describe('a PHP neighbour', () => {
  test('has held the lock for nobody knows how long, whatever our last holder left in the record', async () => {
    const holder = await stage.held('a')
    await redis.client.hset(RECORD, 'lock', 1, 'pid', 'web|77')
    const seen = isQueued(await here.caller().acquire('a'))
    expect(seen).toMatchObject({ kind: 'php', holder: { token: 'web|77' } })
    expect(seen.holder.heldFor).toBeUndefined()
    expect(await holder.commit('a')).toMatchObject({ reason: 'lock-lost', holder: { heldFor: undefined } })
    expect(await stage.store.renew([holder.lease('a')])).toMatchObject([{ holder: { heldFor: undefined } }])
    expect((await stage.store.destroy('a', TOMBSTONE)).holder).toMatchObject({
      token: 'web|77',
      heldFor: undefined,
    })
  })

  test('is not broken while it enters: locked, and not signed yet', async () => {
    const last = await stage.held('a')
    await last.release('a')
    await redis.client.hincrby(RECORD, 'lock', 1)
    const waiter = here.caller()
    const seen = isQueued(await waiter.acquire('a', naming(last.token)))
    expect([seen.kind, seen.took]).toEqual(['entering', undefined])
    expect(await last.commit('a')).toEqual({ outcome: 'refused', reason: 'lock-lost' })
    expect(await stage.store.renew([last.lease('a')])).toEqual([{ outcome: 'lost' }])
  })

  test('that enters is not taken for the one of ours that had the lock before it', async () => {
    const first = await stage.held('a')
    const second = stage.process(2).caller()
    isGranted(await second.acquire('a', naming(first.token)))
    await second.release('a')
    await redis.client.hincrby(RECORD, 'lock', 1)
    const holder = { token: second.token, released: true }
    expect(await first.commit('a')).toMatchObject({ reason: 'lock-lost', holder })
    expect(await stage.store.renew([first.lease('a')])).toMatchObject([{ outcome: 'lost', holder }])
  })

  test('that took the lock and let go is named as the last that had it', async () => {
    const holder = await stage.held('a')
    await redis.client.hset(RECORD, 'lock', 0, 'pid', 'web|77', 'req', 'GET shop.example/php')
    const last = { token: 'web|77', request: 'GET shop.example/php', heldFor: undefined, released: true }
    expect(await stage.store.renew([holder.lease('a')])).toEqual([{ outcome: 'lost', holder: last }])
    expect(await holder.commit('a')).toMatchObject({ reason: 'lock-lost', holder: last })
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
    expect(await stage.store.destroy('a', TOMBSTONE)).toMatchObject({ existed: true })
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
    const { data: _, pid: __, req: ___, ...fields } = record
    expect(fields.state).toMatch(/^1 (\d{13} ){5}\d{6} \S+ \S+( \S+)*$/)
    for (const field of ['lock', 'writes']) expect(fields[field]).toMatch(/^\d+$/)
  })
})
