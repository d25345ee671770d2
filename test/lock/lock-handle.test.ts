// A lock handle: what its commits do to it, and its loss.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { SessionError, storeUnavailable } from '../../src/errors.ts'
import type { Committed, Lease, Store } from '../../src/store.ts'
import { down, GRANTED, handleOf, locksOn, REQUEST, released, WRITE } from './support.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

describe('a lock handle after its commit', () => {
  test.each<[string, Committed, boolean, boolean]>([
    ['is over', { outcome: 'written', writes: 2 }, false, false],
    ['goes on where it was to be kept', { outcome: 'written', writes: 2 }, true, true],
    ['is over where it was refused', { outcome: 'refused', reason: 'lock-lost' }, true, false],
  ])('%s', async (_, committed, keep, held) => {
    const { locks } = locksOn({
      acquire: async () => GRANTED,
      commit: async () => committed,
      release: released,
      leave: released,
    })
    const handle = await handleOf(locks)
    await locks.commit(handle, { ...WRITE, keep })
    expect(handle.held).toBe(held)
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
    const handle = await handleOf(locks)
    await locks.commit(handle, { ...WRITE, keep: true })
    expect(left).toEqual([handle.token])
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
    const handle = await handleOf(locks)
    for (const keep of [true, true, false]) await locks.commit(handle, { ...WRITE, keep })
    expect(numbers).toEqual([1, 2, 3])
    await locks.close(0)
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
    const handle = await handleOf(locks)
    await expect(locks.commit(handle, WRITE)).rejects.toThrow('Redis is down')
    await jest.advanceTimersByTimeAsync(60_000)
    expect(left).toEqual([handle.token])
    expect(renewed).toEqual([])
    expect(locks.counts).toEqual({ holding: 0, waiting: 0 })
  })

  test('and that was to keep the lock keeps it', async () => {
    const { locks } = locksOn({ acquire: async () => GRANTED, commit: down })
    const handle = await handleOf(locks)
    await expect(locks.commit(handle, { ...WRITE, keep: true })).rejects.toThrow('Redis is down')
    expect(handle.held).toBe(true)
    expect(locks.counts.holding).toBe(1)
    await locks.close(0).catch(() => {})
  })
})

describe('a creating commit that was to take the lock, and that the store did not answer', () => {
  const creating = { ...WRITE, mode: 'create', base: 0, born: '', keep: true } as const

  test('gives it back: nobody holds it who could release it', async () => {
    const left: string[] = []
    const { locks } = locksOn({
      commit: down,
      leave: async (_, { token }) => {
        left.push(token)
        return released()
      },
    })
    const handle = locks.open('name', REQUEST)
    await expect(locks.commit(handle, creating)).rejects.toThrow('Redis is down')
    expect(left).toEqual([handle.token])
    expect(handle.held).toBe(false)
    await locks.close(0)
  })

  test('takes back that it leaves when it is sent once more: the lock that it gets then is not given up', async () => {
    let away = true
    const left: string[] = []
    const refusing = () => Promise.reject(new SessionError('STORE_UNAVAILABLE', 'Redis is down', {}))
    const { locks } = locksOn({
      commit: async () => (away ? refusing() : { outcome: 'written', writes: 1 }),
      leave: async (_, { token }) => {
        left.push(token)
        return away ? refusing() : released()
      },
    })
    const handle = locks.open('name', REQUEST)
    await expect(locks.commit(handle, creating)).rejects.toThrow('Redis is down')
    expect(left).toEqual([handle.token])
    away = false
    await locks.commit(handle, creating)
    await jest.advanceTimersByTimeAsync(1000)
    expect(handle.held).toBe(true)
    expect(left).toEqual([handle.token])
    await locks.close(0).catch(() => {})
  })
})

describe('a holder that finds its lock gone', () => {
  const taker = { token: 'web|2|home-start-y.1', request: 'POST shop.example/', heldFor: 3 }

  test.each(['before', 'after'])('is told by its signal, asked for %s the loss', async when => {
    const { locks, events } = locksOn({
      acquire: async () => GRANTED,
      renew: async leases => leases.map(() => ({ outcome: 'lost', holder: taker })),
    })
    const handle = await handleOf(locks)
    const before = when === 'before' ? locks.signalOf(handle) : undefined
    await jest.advanceTimersByTimeAsync(4000)
    expect((before ?? locks.signalOf(handle)).aborted).toBe(true)
    expect(locks.signalOf(handle).reason).toMatchObject({ message: expect.stringContaining(taker.token) })
    expect(handle.held).toBe(false)
    expect(events).toMatchObject([{ event: 'lock-lost', because: 'taken', holder: taker }])
    await locks.close(0)
  })

  test('is told by its commit, too, who had taken it, though that one has let go', async () => {
    const later = { token: 'web|3|home-start-z.1', request: '', heldFor: undefined, released: true } as const
    const { locks } = locksOn({
      acquire: async () => GRANTED,
      renew: async leases => leases.map(() => ({ outcome: 'lost', holder: taker })),
      commit: async () => ({ outcome: 'refused', reason: 'lock-lost', holder: later }),
    })
    const handle = await handleOf(locks)
    await jest.advanceTimersByTimeAsync(4000)
    expect(await locks.commit(handle, WRITE)).toEqual({
      outcome: 'refused',
      reason: 'lock-lost',
      holder: taker,
    })
    await locks.close(0)
  })

  test('and its session with it, is told so', async () => {
    const { locks, events } = locksOn({
      acquire: async () => GRANTED,
      renew: async leases => leases.map(() => ({ outcome: 'destroyed' })),
    })
    const { signal } = await handleOf(locks)
    await jest.advanceTimersByTimeAsync(4000)
    expect(signal.reason).toMatchObject({ message: expect.stringContaining('destroyed') })
    expect(events).toMatchObject([{ event: 'lock-lost', because: 'destroyed', holder: undefined }])
    await locks.close(0)
  })

  test('whose taker has let go, hears who had it last', async () => {
    const last = { ...taker, heldFor: undefined, released: true } as const
    const { locks } = locksOn({
      acquire: async () => GRANTED,
      renew: async leases => leases.map(() => ({ outcome: 'lost', holder: last })),
    })
    const { signal } = await handleOf(locks)
    await jest.advanceTimersByTimeAsync(4000)
    expect(signal.reason).toMatchObject({ message: expect.stringContaining(`last held by ${taker.token}`) })
    await locks.close(0)
  })
})

describe('a request that ends its record', () => {
  const ending = { kind: 'destroyed', readable: false } as const
  const left: string[] = []
  beforeEach(() => void left.splice(0))
  const ender = (destroy: Store['destroy']) =>
    locksOn({
      acquire: async () => GRANTED,
      destroy,
      leave: async (_, { token }) => {
        left.push(token)
        return released()
      },
    })

  test('holds its lock no more from the first step on: no renewal finds its lock lost between two', async () => {
    const seen: number[] = []
    const { locks } = ender(async () => {
      seen.push(locks.counts.holding)
      return { existed: true }
    })
    const handle = await handleOf(locks)
    await locks.end(handle, ending)
    expect([seen, handle.held, left]).toEqual([[0], false, []])
    await locks.close(0)
  })

  test.each<[string, Store['destroy']]>([
    ['is not as expected', async () => ({ existed: false, refused: 'conflict' })],
    ['may not have ended', async () => Promise.reject(storeUnavailable('lost'))],
  ])('gives the lock of one back that %s', async (_, destroy) => {
    const { locks } = ender(destroy)
    const handle = await handleOf(locks)
    await locks.end(handle, ending).catch(() => {})
    expect([handle.held, left]).toEqual([false, [handle.token]])
    await locks.close(0)
  })
})
