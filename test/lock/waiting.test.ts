// A request that waits: what it asks meanwhile, and how its wait ends.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Queued } from '../../src/lock/watch.ts'
import type { Store, Waiter } from '../../src/store.ts'
import {
  down,
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

/** As if each look found another one holding. */
function changingHolders() {
  let holders = 0
  return async () => {
    holders += 1
    return queued(`web|1|home-start-x.${holders}`)
  }
}

test('a waiter behind a live holder asks about once a second, however long it waits', async () => {
  const acquire = jest.fn(async () => queued())
  const { locks } = locksOn({ acquire, leave: released }, { breakAfter: 600_000 })
  const waiting = locks.acquire('name', REQUEST)
  await jest.advanceTimersByTimeAsync(60_000)
  expect(acquire.mock.calls.length).toBeLessThanOrEqual(62)
  await locks.close(0)
  await expect(waiting).rejects.toMatchObject({ code: 'CLOSED' })
})

test('a wait that lasts for warnAfter is told once, with who holds the lock, and a shorter one is not', async () => {
  const { locks, events } = locksOn({ acquire: async () => queued(), leave: released }, { warnAfter: 1000 })
  const short = new AbortController()
  const waiting = [locks.acquire('a', REQUEST, { signal: short.signal }), locks.acquire('a', REQUEST)]
  for (const one of waiting) one.catch(() => {})
  await jest.advanceTimersByTimeAsync(900)
  short.abort()
  await jest.advanceTimersByTimeAsync(3000)
  const slow = events.filter(({ event }) => event === 'lock-slow')
  expect(slow).toMatchObject([{ event: 'lock-slow', holder: (queued() as Queued).holder, ...REQUEST }])
  await locks.close(0)
})

test('a request may wait for less than the options say, and a slow route be given more', async () => {
  const { locks } = locksOn(
    { acquire: changingHolders(), leave: released, read: async () => undefined },
    { breakAfter: 10_000, failAfter: 5000 },
  )
  const ends: string[] = []
  const impatient = locks
    .acquire('a', REQUEST, { breakAfter: 1000, failAfter: 500 })
    .then(() => ends.push('impatient'))
  const patient = locks.acquire('a', REQUEST, { failAfter: 20_000 }).then(() => ends.push('patient'))
  const usual = locks.acquire('a', REQUEST).then(() => ends.push('usual'))
  await jest.advanceTimersByTimeAsync(1500)
  expect(ends).toEqual(['impatient'])
  await jest.advanceTimersByTimeAsync(13_500)
  expect(ends).toEqual(['impatient', 'usual'])
  await jest.advanceTimersByTimeAsync(15_000)
  expect(ends).toEqual(['impatient', 'usual', 'patient'])
  await Promise.all([impatient, patient, usual])
})

test('where wake-ups cannot be heard, that is told once and waiters look ten times a second', async () => {
  const acquire = jest.fn(async () => queued())
  const { locks, events } = locksOn({ acquire, listen: down, leave: released })
  const waiting = [locks.acquire('a', REQUEST), locks.acquire('b', REQUEST)]
  await jest.advanceTimersByTimeAsync(1000)
  expect(events).toEqual([{ event: 'wakes-unheard', why: 'Redis is down' }])
  expect(acquire.mock.calls.length).toBeGreaterThanOrEqual(20)
  await locks.close(0)
  expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})

describe('a lock of this process whose lease is over', () => {
  /** The first who asks has the lock; the next find its lease over, until it is renewed or they name the holder. */
  function lapsed() {
    const asked: string[] = []
    let over = true
    const answers: Partial<Store> = {
      acquire: async (_, { token, breaks }) => {
        asked.push(breaks ? 'breaks' : 'looks')
        const first = made.tokens[0] ?? ''
        if (token === first) return GRANTED
        if (breaks) return { ...GRANTED, took: { from: { ...holder, token: first }, because: 'lapsed' } }
        return { ...(queued(first) as Queued), leaseLeft: over ? -400 : 9000 }
      },
      renew: async leases => {
        asked.push('renews')
        over = false
        return leases.map(() => ({ outcome: 'renewed' }))
      },
      commit: down,
      leave: down,
      release: released,
    }
    const made = locksOn(answers)
    return { ...made, asked }
  }
  const holder = { request: 'POST shop.example/', heldFor: 10 }

  test('is renewed by who waits for it, and not taken from its holder', async () => {
    const { locks, events, asked } = lapsed()
    const handle = await handleOf(locks)
    const waiting = locks.acquire('name', REQUEST)
    await jest.advanceTimersByTimeAsync(10)
    // Its holder asked, then it did, subscribed, and looked again.
    expect(asked).toEqual(['looks', 'looks', 'renews', 'looks'])
    expect(handle.held).toBe(true)
    expect(events).toEqual([])
    await locks.close(0)
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED' })
  })

  test('is taken where its holder has given it up', async () => {
    const { locks, events, asked } = lapsed()
    const handle = await handleOf(locks)
    await expect(locks.commit(handle, WRITE)).rejects.toThrow('Redis is down')
    expect(await locks.acquire('name', REQUEST)).toMatchObject({ outcome: 'granted' })
    expect(asked.at(-1)).toBe('breaks')
    expect(asked).not.toContain('renews')
    expect(events.map(({ event }) => event)).toEqual(['lock-lapsed', 'lock-waited'])
    await locks.close(0)
  })
})

test('a lock that was handed to a request that waits here is not taken from it, though it comes late', async () => {
  const breaks: unknown[] = []
  let handed = false
  const { locks, tokens } = locksOn({
    acquire: async (_, ask) => {
      breaks.push(ask.breaks)
      const first = tokens[0] ?? ''
      if (ask.token !== first) return { ...(queued(first) as Queued), leaseLeft: -400 }
      const granted = handed
      handed = tokens.length > 1
      return granted ? GRANTED : queued()
    },
    leave: released,
    release: released,
  })
  const late = locks.acquire('name', REQUEST)
  await settled()
  const next = locks.acquire('name', REQUEST)
  await jest.advanceTimersByTimeAsync(10)
  expect(await late).toMatchObject({ outcome: 'granted' })
  expect(breaks.filter(named => named !== undefined)).toEqual([])
  await locks.close(0)
  await expect(next).rejects.toMatchObject({ code: 'CLOSED' })
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
    const waiting = locks.acquire('name', REQUEST)
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
    const waiting = locks.acquire('name', REQUEST)
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
    const waiting = locks.acquire('name', REQUEST, { signal: gone.signal }).catch(() => {})
    await jest.advanceTimersByTimeAsync(10_000)
    gone.abort()
    await waiting
    expect(asked.length).toBeLessThanOrEqual(12)
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
    const waiting = locks.acquire('name', REQUEST, { signal: client.signal })
    await settled()
    expect(locks.counts.waiting).toBe(1)
    client.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'WAIT_ABORTED' })
    expect(left.map(waiter => waiter.token)).toEqual(tokens)
    expect(events.map(({ event }) => event)).toEqual(['wait-aborted'])
  })

  test('the handler is closed, which is no fault of its client', async () => {
    const { locks, tokens, events } = locksOn({ acquire: async () => queued(), leave })
    const waiting = locks.acquire('name', REQUEST)
    await settled()
    await locks.close(0)
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED', status: 503 })
    expect(left.map(waiter => waiter.token)).toEqual(tokens)
    expect(events).toEqual([])
  })

  test('the store does not answer its first question', async () => {
    const { locks, tokens } = locksOn({ acquire: down, leave })
    await expect(locks.acquire('name', REQUEST)).rejects.toThrow('Redis is down')
    expect(left.map(waiter => waiter.token)).toEqual(tokens)
  })

  test('the store does not answer a later one', async () => {
    const answers = [async () => queued(), async () => queued(), down]
    const { locks, tokens } = locksOn({ acquire: () => answers.shift()?.() ?? down(), leave })
    const waiting = expect(locks.acquire('name', REQUEST)).rejects.toThrow('Redis is down')
    await jest.advanceTimersByTimeAsync(2000)
    await waiting
    expect(left.map(waiter => waiter.token)).toEqual(tokens)
  })

  test('it gives up, and goes on with the data', async () => {
    const acquire = changingHolders()
    const { locks, tokens, events } = locksOn({ acquire, leave, read: async () => FOUND })
    const waiting = locks.acquire('name', REQUEST)
    await jest.advanceTimersByTimeAsync(45_000)
    expect(await waiting).toEqual({ outcome: 'gave-up', found: FOUND })
    expect(left.map(waiter => waiter.token)).toEqual(tokens)
    expect(events).toMatchObject([{ event: 'lock-given-up', giveUp: 'proceed' }])
  })

  test('it gives up, and throws', async () => {
    const acquire = changingHolders()
    const { locks, tokens } = locksOn({ acquire, leave }, { giveUp: 'throw' })
    const waiting = expect(locks.acquire('name', REQUEST)).rejects.toMatchObject({
      code: 'LOCK_TIMEOUT',
      status: 503,
    })
    await jest.advanceTimersByTimeAsync(45_000)
    await waiting
    expect(left.map(waiter => waiter.token)).toEqual(tokens)
  })

  test('too many of this process wait already', async () => {
    const { locks, tokens, events } = locksOn({ acquire: async () => queued(), leave }, { maxWaiting: 1 })
    const first = locks.acquire('name', REQUEST)
    await settled()
    await expect(locks.acquire('other', REQUEST)).rejects.toMatchObject({
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
