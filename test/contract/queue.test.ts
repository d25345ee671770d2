// The queue as it stands in the record, and what a grant tells another process.
import { describe, expect, test } from '@jest/globals'
import { type Caller, isGranted, isQueued, LONG, SHORT } from '../../src/contract/stage.ts'
import { fieldsNamed, here, RECORD, redis, stage } from './one-record.ts'

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
    expect(other.granted.get(next.token)).toEqual(
      said ? { data, writes: 2, touches: 0, idAge: expect.any(Number), ...life } : undefined,
    )
  })
})

/** A state of which some characters are others. */
