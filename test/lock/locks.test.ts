import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { SessionError } from '../../src/errors.ts'
import type { Queued } from '../../src/lock/watch.ts'
import type { Acquired, Committed, Lease, Released, Store, Waiter } from '../../src/store.ts'
import { ABOUT, deferred, FOUND, GRANTED, locksOn, OPTIONS, queued, settled, WRITE } from './support.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

const down = () => Promise.reject(new Error('Redis is down'))
/** As if each look found another one holding. */
function changingHolders() {
  let holders = 0
  return async () => {
    holders += 1
    return queued(`web|1|home-start-x.${holders}`)
  }
}
const released = async (): Promise<Released> => ({ outcome: 'released' })

describe('a hand-over in this process', () => {
  test('is heard though it arrives before the place in the queue', async () => {
    const place = deferred<Acquired>()
    const { locks, tokens } = locksOn({
      acquire: () => place.promise,
      commit: async () => ({ outcome: 'written', writes: 2, next: { token: tokens[1] ?? '', found: FOUND } }),
    })
    const holder = locks.open('name', ABOUT)
    const waiting = locks.acquire('name', ABOUT)
    await holder.commit({ ...WRITE, mode: 'unlocked' })
    place.resolve(queued(holder.token))
    expect(await waiting).toMatchObject({ outcome: 'granted', found: FOUND })
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
    const first = await locks.acquire('name', ABOUT)
    const second = await locks.acquire('name', ABOUT)
    if (first.outcome === 'granted') await first.hold.commit(WRITE)
    await jest.advanceTimersByTimeAsync(0)
    expect(left).toEqual([])
    expect(second.outcome === 'granted' && second.hold.held).toBe(true)
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
    const got = await locks.acquire('name', ABOUT)
    if (got.outcome === 'granted') await got.hold.release()
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
    const head = locks.acquire('name', ABOUT)
    await settled()
    const client = new AbortController()
    const second = locks.acquire('name', { ...ABOUT, signal: client.signal })
    expect(await head).toMatchObject({ outcome: 'granted' })
    client.abort()
    await expect(second).rejects.toMatchObject({ code: 'WAIT_ABORTED' })
  })
})

describe('a commit that the store did not answer', () => {
  test('gives the lock back, and no renewal keeps it alive', async () => {
    const renewed: Lease[] = []
    const left: string[] = []
    const { locks } = locksOn({
      acquire: async () => GRANTED,
      commit: down,
      leave: (_, { token }) => {
        left.push(token)
        return down()
      },
      renew: async leases => {
        renewed.push(...leases)
        return leases.map(() => ({ outcome: 'renewed' }))
      },
    })
    const got = await locks.acquire('name', ABOUT)
    if (got.outcome !== 'granted') throw new Error(got.outcome)
    await expect(got.hold.commit(WRITE)).rejects.toThrow('Redis is down')
    await jest.advanceTimersByTimeAsync(60_000)
    expect(left).toEqual([got.hold.token])
    expect(renewed).toEqual([])
    expect(locks.counts).toEqual({ holding: 0, waiting: 0 })
  })

  test('and that was to keep the lock keeps it', async () => {
    const { locks } = locksOn({ acquire: async () => GRANTED, commit: down })
    const got = await locks.acquire('name', ABOUT)
    if (got.outcome !== 'granted') throw new Error(got.outcome)
    await expect(got.hold.commit({ ...WRITE, keep: true })).rejects.toThrow('Redis is down')
    expect(got.hold.held).toBe(true)
    expect(locks.counts.holding).toBe(1)
    await locks.close(0).catch(() => {})
  })
})

describe('whatever ends the wait of a request, it leaves the queue:', () => {
  let left: Waiter[]
  const leave = async (_: string, waiter: Waiter) => {
    left.push(waiter)
    return released()
  }
  beforeEach(() => {
    left = []
  })

  test('its client goes away', async () => {
    const client = new AbortController()
    const { locks, tokens, events } = locksOn({ acquire: async () => queued(), leave })
    const waiting = locks.acquire('name', { ...ABOUT, signal: client.signal })
    await settled()
    expect(locks.counts.waiting).toBe(1)
    client.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'WAIT_ABORTED' })
    expect(left.map(waiter => waiter.token)).toEqual(tokens)
    expect(events.map(({ event }) => event)).toEqual(['wait-aborted'])
  })

  test('the handler is closed, which is no fault of its client', async () => {
    const { locks, tokens, events } = locksOn({ acquire: async () => queued(), leave })
    const waiting = locks.acquire('name', ABOUT)
    await settled()
    await locks.close(0)
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED', status: 503 })
    expect(left.map(waiter => waiter.token)).toEqual(tokens)
    expect(events).toEqual([])
  })

  test('the store does not answer its first question', async () => {
    const { locks, tokens } = locksOn({ acquire: down, leave })
    await expect(locks.acquire('name', ABOUT)).rejects.toThrow('Redis is down')
    expect(left.map(waiter => waiter.token)).toEqual(tokens)
  })

  test('the store does not answer a later one', async () => {
    const answers = [async () => queued(), async () => queued(), down]
    const { locks, tokens } = locksOn({ acquire: () => answers.shift()?.() ?? down(), leave })
    const waiting = expect(locks.acquire('name', ABOUT)).rejects.toThrow('Redis is down')
    await jest.advanceTimersByTimeAsync(2000)
    await waiting
    expect(left.map(waiter => waiter.token)).toEqual(tokens)
  })

  test('it gives up, and goes on with the data', async () => {
    const acquire = changingHolders()
    const { locks, tokens, events } = locksOn({ acquire, leave, read: async () => FOUND })
    const waiting = locks.acquire('name', ABOUT)
    await jest.advanceTimersByTimeAsync(45_000)
    expect(await waiting).toEqual({ outcome: 'gave-up', found: FOUND })
    expect(left.map(waiter => waiter.token)).toEqual(tokens)
    expect(events).toMatchObject([{ event: 'lock-given-up', giveUp: 'proceed' }])
  })

  test('it gives up, and throws', async () => {
    const acquire = changingHolders()
    const { locks, tokens } = locksOn({ acquire, leave }, { giveUp: 'throw' })
    const waiting = expect(locks.acquire('name', ABOUT)).rejects.toMatchObject({
      code: 'LOCK_TIMEOUT',
      status: 503,
    })
    await jest.advanceTimersByTimeAsync(45_000)
    await waiting
    expect(left.map(waiter => waiter.token)).toEqual(tokens)
  })

  test('too many of this process wait already', async () => {
    const { locks, tokens, events } = locksOn({ acquire: async () => queued(), leave }, { maxWaiting: 1 })
    const first = locks.acquire('name', ABOUT)
    await settled()
    await expect(locks.acquire('other', ABOUT)).rejects.toMatchObject({
      code: 'CONCURRENT_CONNECTIONS_EXCEEDED',
      waiters: 1,
    })
    expect(left.map(waiter => waiter.token)).toEqual([tokens[1]])
    expect(events).toMatchObject([{ event: 'concurrency-exceeded', limit: 'process' }])
    await locks.close(0)
    await expect(first).rejects.toMatchObject({ code: 'CLOSED' })
  })

  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0)
  })
})

test('a waiter behind a live holder asks about once a second, however long it waits', async () => {
  const acquire = jest.fn(async () => queued())
  const { locks } = locksOn({ acquire, leave: released }, { breakAfter: 600_000 })
  const waiting = locks.acquire('name', ABOUT)
  await jest.advanceTimersByTimeAsync(60_000)
  expect(acquire.mock.calls.length).toBeLessThanOrEqual(62)
  await locks.close(0)
  await expect(waiting).rejects.toMatchObject({ code: 'CLOSED' })
})

test('where wake-ups cannot be heard, that is told once and waiters look ten times a second', async () => {
  const acquire = jest.fn(async () => queued())
  const { locks, events } = locksOn({ acquire, listen: down, leave: released })
  const waiting = [locks.acquire('a', ABOUT), locks.acquire('b', ABOUT)]
  await jest.advanceTimersByTimeAsync(1000)
  expect(events).toEqual([{ event: 'wakes-unheard', why: 'Redis is down' }])
  expect(acquire.mock.calls.length).toBeGreaterThanOrEqual(20)
  await locks.close(0)
  expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})

describe('a holder that finds its lock gone', () => {
  const taker = { token: 'web|2|home-start-y.1', request: 'POST shop.example/', heldFor: 3 }

  test.each(['before', 'after'])('is told by its signal, asked for %s the loss', async when => {
    const { locks, events } = locksOn({
      acquire: async () => GRANTED,
      renew: async leases => leases.map(() => ({ outcome: 'lost', holder: taker })),
    })
    const got = await locks.acquire('name', ABOUT)
    if (got.outcome !== 'granted') throw new Error(got.outcome)
    const before = when === 'before' ? got.hold.signal : undefined
    await jest.advanceTimersByTimeAsync(4000)
    expect((before ?? got.hold.signal).aborted).toBe(true)
    expect(got.hold.signal.reason).toMatchObject({ message: expect.stringContaining(taker.token) })
    expect(got.hold.held).toBe(false)
    expect(events).toMatchObject([{ event: 'lock-lost', holder: taker }])
    await locks.close(0)
  })
})

describe('a hold after its commit', () => {
  test.each<[string, Committed, boolean, boolean]>([
    ['is over', { outcome: 'written', writes: 2 }, false, false],
    ['goes on where it was to be kept', { outcome: 'written', writes: 2 }, true, true],
    ['is over where it was refused', { outcome: 'refused', reason: 'taken' }, true, false],
  ])('%s', async (_, committed, keep, held) => {
    const { locks } = locksOn({
      acquire: async () => GRANTED,
      commit: async () => committed,
      release: released,
      leave: released,
    })
    const got = await locks.acquire('name', ABOUT)
    if (got.outcome !== 'granted') throw new Error(got.outcome)
    await got.hold.commit({ ...WRITE, keep })
    expect(got.hold.held).toBe(held)
    expect(locks.counts.holding).toBe(held ? 1 : 0)
    await locks.close(0)
  })

  test('that was refused though it was to keep the lock has given it back', async () => {
    const left: string[] = []
    const { locks } = locksOn({
      acquire: async () => GRANTED,
      commit: async () => ({ outcome: 'refused', reason: 'out-of-memory' }),
      leave: async (_, { token }) => {
        left.push(token)
        return released()
      },
    })
    const got = await locks.acquire('name', ABOUT)
    if (got.outcome !== 'granted') throw new Error(got.outcome)
    await got.hold.commit({ ...WRITE, keep: true })
    expect(left).toEqual([got.hold.token])
    expect(locks.counts.holding).toBe(0)
    await locks.close(0)
  })

  test('has numbered its commits, so that one sent again is known', async () => {
    const numbers: number[] = []
    const { locks } = locksOn({
      acquire: async () => GRANTED,
      commit: async (_, { number }) => {
        numbers.push(number)
        return { outcome: 'written', writes: number }
      },
    })
    const got = await locks.acquire('name', ABOUT)
    if (got.outcome !== 'granted') throw new Error(got.outcome)
    for (const keep of [true, true, false]) await got.hold.commit({ ...WRITE, keep })
    expect(numbers).toEqual([1, 2, 3])
    await locks.close(0)
  })
})

describe('closing', () => {
  test('takes no more requests', async () => {
    const { locks } = locksOn({})
    await locks.close(0)
    await expect(locks.acquire('name', ABOUT)).rejects.toMatchObject({ code: 'CLOSED', status: 503 })
  })

  test.each<[string, Acquired]>([
    ['a lock', GRANTED],
    ['a place in the queue', queued()],
  ])('gives back %s that was on its way', async (_, answer) => {
    const reply = deferred<Acquired>()
    const left: string[] = []
    const { locks, tokens } = locksOn({
      acquire: () => reply.promise,
      leave: async (_name, { token }) => {
        left.push(token)
        return released()
      },
    })
    const asking = locks.acquire('name', ABOUT)
    await locks.close(5000)
    reply.resolve(answer)
    await expect(asking).rejects.toMatchObject({ code: 'CLOSED' })
    expect(left).toEqual(tokens)
    expect(locks.counts).toEqual({ holding: 0, waiting: 0 })
    expect(jest.getTimerCount()).toBe(0)
  })

  test('releases what is held when its grace is over', async () => {
    const ended: string[] = []
    const { locks } = locksOn({
      acquire: async () => GRANTED,
      renew: async leases => leases.map(() => ({ outcome: 'renewed' })),
      release: async (_, { token }) => {
        ended.push(token)
        return released()
      },
    })
    const got = await locks.acquire('name', ABOUT)
    if (got.outcome !== 'granted') throw new Error(got.outcome)
    const closed = locks.close(5000)
    await jest.advanceTimersByTimeAsync(5000)
    await closed
    expect(ended).toEqual([got.hold.token])
    expect(jest.getTimerCount()).toBe(0)
  })
})

describe("a holder's process on this host", () => {
  const dies = (at: { dead: boolean }) => ({ isNeighbour: () => true, isDead: () => at.dead })
  /** Answers that somebody else holds the lock until it is broken, and counts who asked. */
  function heldByNeighbour(position = 0) {
    const asked: unknown[] = []
    const acquire: Store['acquire'] = async (_, { breaks }) => {
      asked.push(breaks?.token)
      return breaks ? GRANTED : { ...(queued() as Queued), position }
    }
    return { asked, acquire }
  }

  test('is missed within 50 ms by the first who waits, who asks Redis for nothing meanwhile', async () => {
    const { asked, acquire } = heldByNeighbour()
    const at = { dead: false }
    const { locks } = locksOn({ acquire }, {}, dies(at))
    const waiting = locks.acquire('name', ABOUT)
    await jest.advanceTimersByTimeAsync(800)
    const before = asked.length
    at.dead = true
    await jest.advanceTimersByTimeAsync(50)
    expect(await waiting).toMatchObject({ outcome: 'granted' })
    expect(asked.slice(before)).toEqual(['web|1|home-start-x.1'])
    // Asked, looked once more after it could hear, and broke.
    expect(before).toBe(2)
  })

  test('is watched by the first only', async () => {
    const { asked, acquire } = heldByNeighbour(1)
    const at = { dead: false }
    const { locks } = locksOn({ acquire }, {}, dies(at))
    const waiting = locks.acquire('name', ABOUT)
    await jest.advanceTimersByTimeAsync(500)
    at.dead = true
    await jest.advanceTimersByTimeAsync(450)
    expect(asked.filter(Boolean)).toEqual([])
    await jest.advanceTimersByTimeAsync(50)
    expect(await waiting).toMatchObject({ outcome: 'granted' })
  })

  test('that lives costs a look a second, as ever', async () => {
    const { asked, acquire } = heldByNeighbour()
    const { locks } = locksOn({ acquire }, {}, dies({ dead: false }))
    const gone = new AbortController()
    const waiting = locks.acquire('name', { ...ABOUT, signal: gone.signal }).catch(() => {})
    await jest.advanceTimersByTimeAsync(10_000)
    gone.abort()
    await waiting
    expect(asked.length).toBeLessThanOrEqual(12)
  })
})

describe('a lock or a place that could not be given up', () => {
  const away = () => Promise.reject(new SessionError('STORE_UNAVAILABLE', 'Redis is not available.'))

  test('is given up as soon as the store is back', async () => {
    const left: string[] = []
    let up = false
    const { locks } = locksOn({
      acquire: async () => GRANTED,
      commit: away,
      leave: async (_, { token }) => {
        left.push(token)
        return up ? released() : away()
      },
    })
    const got = await locks.acquire('name', ABOUT)
    const hold = got.outcome === 'granted' ? got.hold : undefined
    await expect(hold?.commit(WRITE)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await jest.advanceTimersByTimeAsync(1000)
    up = true
    await jest.advanceTimersByTimeAsync(250)
    const asked = left.length
    expect(new Set(left)).toEqual(new Set([hold?.token]))
    await jest.advanceTimersByTimeAsync(20_000)
    expect(left.length).toBe(asked)
  })

  test('is asked for no longer than a lease, by when it has ended by itself', async () => {
    let asked = 0
    const { locks } = locksOn({
      acquire: away,
      leave: async () => {
        asked += 1
        return away()
      },
    })
    await expect(locks.acquire('name', ABOUT)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await jest.advanceTimersByTimeAsync(OPTIONS.lease)
    const before = asked
    expect(before).toBeGreaterThan(10)
    await jest.advanceTimersByTimeAsync(OPTIONS.lease)
    expect(asked).toBe(before)
    expect(jest.getTimerCount()).toBe(0)
  })
})
