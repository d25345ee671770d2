// What only the key in Redis shows: one key, its end, no memory left, large numbers.
import { describe, expect, test } from '@jest/globals'
import { type Caller, GONE, isGranted, isQueued, LONG, SHORT, TOMBSTONE } from '../../src/contract/stage.ts'
import { damage, fieldsNamed, here, naming, RECORD, redis, stage } from './one-record.ts'

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
    expect(fields.state).toMatch(/^1 (\d{13} ){6}\d{6} \S+ \S+( \S+)*$/)
    for (const field of ['lock', 'writes']) expect(fields[field]).toMatch(/^\d+$/)
  })
})
