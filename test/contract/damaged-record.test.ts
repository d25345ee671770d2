// A record with values that no step of ours writes.
import { describe, expect, test } from '@jest/globals'
import { type Caller, isGranted, isQueued, LONG, TOMBSTONE } from '../../src/contract/stage.ts'
import { damage, fieldsNamed, here, RECORD, redis, stage } from './one-record.ts'

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
    ['the age of the id', 72],
    ['the touches', 86],
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

  test.each([30, 44, 58, 72, 86])(
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
