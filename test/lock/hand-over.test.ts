// A lock that goes to another request of this process, by what a step of ours answered.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Acquired, Found, Store } from '../../src/store.ts'
import {
  deferred,
  FOUND,
  GRANTED,
  handleOf,
  locksOn,
  queued,
  REQUEST,
  released,
  settled,
  WRITE,
} from './support.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

describe('a hand-over in this process', () => {
  test('is heard though it arrives before the place in the queue', async () => {
    const place = deferred<Acquired>()
    const { locks, tokens } = locksOn({
      acquire: () => place.promise,
      commit: async () => ({ outcome: 'written', writes: 2, next: { token: tokens[1] ?? '', found: FOUND } }),
    })
    const holder = locks.open('name', REQUEST)
    const waiting = locks.acquire('name', REQUEST)
    await locks.commit(holder, { ...WRITE, mode: 'unlocked' })
    place.resolve(queued(holder.token))
    expect(await waiting).toMatchObject({ outcome: 'granted', found: FOUND })
  })

  test('that was on its way with an answer that says otherwise may be over, and is asked about', async () => {
    const look = deferred<Acquired>()
    const found = { ...FOUND, writes: 7 }
    const answers = [queued('vm|7271'), look.promise, { ...GRANTED, ...found }]
    const { locks, tokens } = locksOn({
      acquire: async (_, { token }) => (token === tokens[0] ? (answers.shift() ?? GRANTED) : GRANTED),
      commit: async () => ({ outcome: 'written', writes: 2, next: { token: tokens[0] ?? '', found: FOUND } }),
      leave: released,
    })
    const waiting = locks.acquire('name', REQUEST)
    await jest.advanceTimersByTimeAsync(1000)
    expect(answers).toHaveLength(1)
    await locks.commit(await handleOf(locks), WRITE)
    look.resolve(queued('vm|7272'))
    expect(await waiting).toMatchObject({ outcome: 'granted', found })
    expect(answers).toEqual([])
  })

  test('that is told twice, by a commit sent again, takes nothing from the request that has it', async () => {
    const left: string[] = []
    const { locks, tokens } = locksOn({
      acquire: async () => GRANTED,
      commit: async () => ({ outcome: 'written', writes: 2, next: { token: tokens[1] ?? '', found: FOUND } }),
      leave: async (_, { token }) => {
        left.push(token)
        return released()
      },
    })
    const first = await locks.acquire('name', REQUEST)
    const second = await locks.acquire('name', REQUEST)
    if (first.outcome === 'granted') await locks.commit(first.handle, WRITE)
    await jest.advanceTimersByTimeAsync(0)
    expect(left).toEqual([])
    expect(second.outcome === 'granted' && second.handle.held).toBe(true)
  })

  test('that a message told of late is lost, and the place in the queue is given back', async () => {
    let wake: (token: string, granted?: Found) => void = () => {}
    const claimed: (number | undefined)[] = []
    const left: (number | string)[] = []
    const { locks, tokens, events } = locksOn({
      acquire: async () => queued('vm|7271'),
      listen: async (_, hears) => {
        wake = hears
      },
      renew: async ([lease]) => {
        claimed.push(lease?.writes)
        return [{ outcome: 'lost' }]
      },
      leave: async (_, { arrival }) => {
        left.push(arrival ?? 'unknown')
        return released()
      },
    })
    const waiting = locks.acquire('name', REQUEST)
    await settled()
    wake(tokens[0] ?? '', { ...FOUND, writes: 5 })
    expect(await waiting).toMatchObject({ outcome: 'granted', found: { writes: 5 } })
    await jest.advanceTimersByTimeAsync(1)
    expect(claimed).toEqual([5])
    expect(left).toEqual([1])
    expect(events.map(({ event }) => event)).toContain('lock-lost')
  })

  test('that a message told of is not claimed once the request has committed, which takes the lock up as well', async () => {
    let wake: (token: string, granted?: Found) => void = () => {}
    const claimed: string[] = []
    const { locks, tokens } = locksOn({
      acquire: async () => queued('vm|7271'),
      listen: async (_, hears) => {
        wake = hears
      },
      renew: async leases => {
        claimed.push(...leases.map(({ token }) => token))
        return leases.map(() => ({ outcome: 'renewed' }))
      },
      commit: async () => ({ outcome: 'written', writes: 6 }),
    })
    const waiting = locks.acquire('name', REQUEST)
    await settled()
    wake(tokens[0] ?? '', { ...FOUND, writes: 5 })
    const got = await waiting
    if (got.outcome !== 'granted') throw new Error(got.outcome)
    await locks.commit(got.handle, { ...WRITE, base: 5, keep: true })
    await jest.advanceTimersByTimeAsync(1)
    expect(claimed).toEqual([])
    expect(got.handle.held).toBe(true)
  })

  test('that a message told of is committed as unconfirmed until a commit is written', async () => {
    const said: (boolean | undefined)[] = []
    const { locks, wakeFirst } = messaged({
      commit: async (_, { claims }) => {
        said.push(claims)
        return { outcome: 'written', writes: 6 }
      },
    })
    const ended = locks.acquire('name', REQUEST).then(async got => {
      if (got.outcome !== 'granted') throw new Error(got.outcome)
      await locks.commit(got.handle, { ...WRITE, base: 5, keep: true })
      await locks.commit(got.handle, { ...WRITE, base: 6 })
    })
    await settled()
    wakeFirst(5)
    await ended
    expect(said).toEqual([true, false])
  })

  test('that a message told of ends the session as unconfirmed', async () => {
    const said: (boolean | undefined)[] = []
    const { locks, wakeFirst } = messaged({
      destroy: async (_, { expects }) => {
        said.push(expects?.claims)
        return { existed: true }
      },
    })
    const expects = { mode: 'exclusive', base: 5, born: 'b' } as const
    const ended = locks.acquire('name', REQUEST).then(async got => {
      if (got.outcome !== 'granted') throw new Error(got.outcome)
      await locks.end(got.handle, { kind: 'login', readable: false }, expects)
    })
    await settled()
    wakeFirst(5)
    await ended
    expect(said).toEqual([true])
  })

  test('that a message told of late leaves no place in the queue behind a commit that was refused before its claim', async () => {
    let wake: (token: string, granted?: Found) => void = () => {}
    const left: (number | string)[] = []
    const { locks, tokens } = locksOn({
      acquire: async () => queued('vm|7271'),
      listen: async (_, hears) => {
        wake = hears
      },
      commit: async () => ({ outcome: 'refused', reason: 'lock-lost' }),
      leave: async (_, { arrival }) => {
        left.push(arrival ?? 'unknown')
        return released()
      },
    })
    const waiting = locks.acquire('name', REQUEST)
    const committed = waiting.then(got =>
      got.outcome === 'granted' ? locks.commit(got.handle, WRITE) : undefined,
    )
    await settled()
    wake(tokens[0] ?? '', { ...FOUND, writes: 5 })
    expect(await committed).toMatchObject({ reason: 'lock-lost' })
    await jest.advanceTimersByTimeAsync(1)
    expect(left).toEqual([1])
  })

  test('that a message told of late leaves no place in the queue behind a release before its claim', async () => {
    const { locks, wakeFirst, left } = messaged({ release: async () => ({ outcome: 'not-held' }) })
    const ended = locks
      .acquire('name', REQUEST)
      .then(got => (got.outcome === 'granted' ? locks.release(got.handle) : undefined))
    await settled()
    wakeFirst(5)
    await ended
    await jest.advanceTimersByTimeAsync(1)
    expect(left).toEqual([1])
  })

  test('that a message told of late leaves no place in the queue behind a renewal that found it lost before its claim', async () => {
    const { locks, wakeFirst, left } = messaged({
      renew: async leases => leases.map(() => ({ outcome: 'lost' })),
    })
    const waiting = locks.acquire('name', REQUEST)
    await settled()
    wakeFirst(5)
    await waiting
    // A message of a later grant.
    wakeFirst(6)
    await jest.advanceTimersByTimeAsync(1)
    expect(left).toEqual([1])
  })

  test('that a message told of is claimed with its version by each renewal, until one is confirmed', async () => {
    const claimed: (number | undefined)[] = []
    const { locks, wakeFirst } = messaged({
      renew: async ([lease]) => {
        claimed.push(lease?.writes)
        return [claimed.length < 3 ? { outcome: 'failed', error: new Error('away') } : { outcome: 'renewed' }]
      },
    })
    const waiting = locks.acquire('name', REQUEST)
    await settled()
    wakeFirst(5)
    await waiting
    wakeFirst(6)
    await jest.advanceTimersByTimeAsync(9000)
    expect(claimed).toEqual([5, 5, 5, undefined])
  })

  test('that a message told of while an answer was on its way that grants it again is forgotten: the answer is newer', async () => {
    const look = deferred<Acquired>()
    const answers = [queued('vm|7271'), look.promise]
    const { locks, wakeFirst } = messaged({ acquire: async () => answers.shift() ?? GRANTED })
    const waiting = locks.acquire('name', REQUEST)
    await jest.advanceTimersByTimeAsync(1000)
    expect(answers).toHaveLength(0)
    wakeFirst(5)
    look.resolve({ outcome: 'granted', ...FOUND, writes: 7 })
    const got = await waiting
    expect(got).toMatchObject({ outcome: 'granted', found: { writes: 7 } })
    expect(got.outcome === 'granted' && got.handle.claim).toBeUndefined()
  })

  test('to a request that has ended is handed on at once', async () => {
    const left: string[] = []
    const { locks, events } = locksOn({
      release: async () => ({ outcome: 'released', next: { token: 'ended', found: FOUND } }),
      leave: async (_, { token }) => {
        left.push(token)
        return token === 'ended'
          ? { outcome: 'released', next: { token: 'ended too', found: FOUND } }
          : released()
      },
      acquire: async () => GRANTED,
    })
    await locks.release(await handleOf(locks))
    await jest.advanceTimersByTimeAsync(1)
    expect(left).toEqual(['ended', 'ended too'])
    expect(events).toEqual([])
  })

  test('that a look of ours brought about wakes the one who has it now', async () => {
    const { locks, tokens } = locksOn({
      // The first one waits. The second one finds the lock free, and the script gives it to the head of the queue.
      acquire: async (_, { token }) => {
        if (token !== tokens[0]) return queued(tokens[0])
        return tokens.length > 1 ? GRANTED : queued('vm|7271')
      },
      leave: released,
    })
    const head = locks.acquire('name', REQUEST)
    await settled()
    const client = new AbortController()
    const second = locks.acquire('name', REQUEST, { signal: client.signal })
    expect(await head).toMatchObject({ outcome: 'granted' })
    client.abort()
    await expect(second).rejects.toMatchObject({ code: 'WAIT_ABORTED' })
  })
})

/** A process whose first request waits, and can be told of a grant by a message. */
function messaged(answers: Partial<Store>) {
  let wake: (token: string, granted?: Found) => void = () => {}
  const left: (number | string)[] = []
  const { locks, tokens } = locksOn({
    acquire: async () => queued('vm|7271'),
    listen: async (_, hears) => {
      wake = hears
    },
    leave: async (_, { arrival }) => {
      left.push(arrival ?? 'unknown')
      return released()
    },
    ...answers,
  })
  return { locks, left, wakeFirst: (writes: number) => wake(tokens[0] ?? '', { ...FOUND, writes }) }
}
