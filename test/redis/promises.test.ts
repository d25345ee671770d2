import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { Redis } from 'ioredis'
import type { Sessions } from '../../src/index.ts'
import { recordName } from '../../src/session-id.ts'
import { countOnServer } from '../support/monitor.ts'
import { type RedisServer, startRedis } from '../support/redis-server.ts'
import { eventsNamed, eventually, type Watched, watchedSessions } from '../support/sessions.ts'

let redis: RedisServer
let client: Redis
const opened: Sessions[] = []

beforeAll(async () => {
  redis = await startRedis()
  client = new Redis({ path: redis.path })
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map(sessions => sessions.close({ grace: 0 })))
  await client.flushall()
})
afterAll(async () => {
  client.disconnect()
  await redis.stop()
})

/** Each call is a handler with a connection, an owner and a queue side of its own, as another process would have. */
async function handler(options: object = {}): Promise<Watched> {
  const watched = await watchedSessions({ redis: { url: redis.url }, ...options })
  opened.push(watched.sessions)
  return watched
}

async function stored({ sessions }: Watched, data: object = { visits: 1 }): Promise<string> {
  const session = await sessions.open()
  Object.assign(session.data, data)
  await session.commit()
  return session.id
}

function waiting({ sessions }: Watched, id: string, count: number): Promise<void> {
  return eventually(async () => (await sessions.inspect(id))?.waiters === count)
}

/** Milliseconds, of `breakAfter` by default. */
const BREAK_AFTER = 30_000
let passed = 0
/** By this process's monotonic clock, which tells waiters how long they have watched a holder. */
function pass(ms: number): void {
  passed += ms
}
beforeEach(() => {
  passed = 0
  const now = performance.now.bind(performance)
  jest.spyOn(performance, 'now').mockImplementation(() => now() + passed)
})
afterEach(() => void jest.restoreAllMocks())

/** So many wait, and so many processes hear that they should look. */
async function heard(id: string, waiters: number, processes: number): Promise<void> {
  const { sessions } = await handler()
  await eventually(async () => (await sessions.inspect(id))?.waiters === waiters)
  await eventually(async () => (await channels()).length === processes)
}

/** As after a message that may have been lost: every waiter sees for itself. */
async function look(): Promise<void> {
  for (const channel of await channels()) await client.publish(channel, '')
}
const channels = () => client.pubsub('CHANNELS', 'sess_wake:*') as Promise<string[]>

describe('promise 1: at most one request holds the lock, and only its holder can commit', () => {
  test('a holder whose lock was broken never overwrites the one who broke it', async () => {
    const a = await handler()
    const b = await handler({ breakAfter: 0.05 })
    const id = await stored(a)
    const slow = await a.sessions.open(id, { request: 'POST shop.example/slow' })
    const breaker = await b.sessions.open(id)
    breaker.data.by = 'breaker'
    slow.data.by = 'slow'
    expect(await slow.commit()).toMatchObject({
      written: false,
      reason: 'lock-lost',
      holder: { heldFor: expect.any(Number) },
    })
    expect(await breaker.commit()).toMatchObject({ written: true })
    expect(await slow.commit()).toMatchObject({ written: false })
    expect((await a.sessions.open(id)).data).toEqual({ visits: 1, by: 'breaker' })
    expect(eventsNamed(b.events, 'lock-broken')).toMatchObject([
      { because: 'overdue', holder: { request: 'POST shop.example/slow' } },
    ])
  })

  test('two requests may run after a break, and only one of them commits', async () => {
    const a = await handler()
    const b = await handler({ breakAfter: 0.05 })
    const id = await stored(a)
    const first = await a.sessions.open(id)
    const second = await b.sessions.open(id)
    const outcomes = await Promise.all([first.commit(), second.commit()])
    expect(outcomes.filter(o => o.written)).toHaveLength(1)
  })
})

describe('promise 3: a destroyed or expired session is never brought back', () => {
  test('by a late commit', async () => {
    const a = await handler()
    const id = await stored(a)
    const late = await a.sessions.open(id)
    expect(await a.sessions.destroy(id)).toBe(true)
    late.data.visits = 2
    expect(await late.commit()).toEqual({ written: false, reason: 'destroyed' })
    expect(await client.keys('*')).toEqual([])
  })

  test('by a late touch or release', async () => {
    const a = await handler({ touchInterval: 0 })
    const id = await stored(a)
    const late = await a.sessions.open(id)
    const reader = await a.sessions.open(id, { access: 'readonly' })
    await a.sessions.destroy(id)
    await late.release({ touch: true })
    await reader.release({ touch: true })
    expect(await client.keys('*')).toEqual([])
  })

  test('by a commit after the record expired', async () => {
    const a = await handler()
    const id = await stored(a)
    const late = await a.sessions.open(id)
    await client.del(`sess_${recordName(id, 'hashed')}`)
    expect(await late.commit()).toMatchObject({ written: false, reason: 'destroyed' })
    expect(await client.keys('*')).toEqual([])
  })

  test('a waiter of a destroyed session is woken and gets a new one under a new id', async () => {
    const a = await handler()
    const b = await handler()
    const id = await stored(a)
    await a.sessions.open(id)
    const waiter = b.sessions.open(id)
    await waiting(a, id, 1)
    await a.sessions.destroy(id)
    const session = await waiter
    expect(session.isNew).toBe(true)
    expect(session.id).not.toBe(id)
  })
})

describe('promise 4: nothing answers "written" when it was not, and the lock is released all the same', () => {
  test('a commit that is too large', async () => {
    const a = await handler({ maxSize: 1000 })
    const id = await stored(a)
    const session = await a.sessions.open(id)
    session.data.text = 'x'.repeat(2000)
    expect(await session.commit()).toMatchObject({
      written: false,
      reason: 'too-large',
      error: { code: 'SESSION_TOO_LARGE' },
    })
    expect((await a.sessions.inspect(id))?.holder).toBeUndefined()
  })

  test('data that is no JSON', async () => {
    const a = await handler()
    const id = await stored(a)
    const session = await a.sessions.open(id)
    session.data.self = session.data
    expect(await session.commit()).toMatchObject({ written: false, reason: 'unserializable' })
    expect((await a.sessions.inspect(id))?.holder).toBeUndefined()
  })

  test('Redis out of memory: the lock is released, sessions can still be opened, and the reason is told', async () => {
    const a = await handler()
    const b = await handler()
    const id = await stored(a)
    const session = await a.sessions.open(id)
    const waiter = b.sessions.open(id)
    await waiting(a, id, 1)
    await client.config('SET', 'maxmemory', '1')
    try {
      session.data.visits = 2
      expect(await session.commit()).toEqual({ written: false, reason: 'out-of-memory' })
      const next = await waiter
      expect(next.data).toEqual({ visits: 1 })
      await next.release()
      const again = await a.sessions.open(id)
      expect(again.locked).toBe(true)
      await again.release()
      expect((await a.sessions.inspect(id))?.holder).toBeUndefined()
      const fresh = await a.sessions.open()
      fresh.data.visits = 1
      expect(await fresh.commit()).toEqual({ written: false, reason: 'out-of-memory' })
      expect(eventsNamed(a.events, 'commit-refused').map(e => e.reason)).toEqual([
        'out-of-memory',
        'out-of-memory',
      ])
    } finally {
      await client.config('SET', 'maxmemory', '0')
    }
  })
})

describe('promise 5: a lock is broken by exactly one waiter', () => {
  test('of twenty in two processes, and they all get their turn', async () => {
    const holder = await handler()
    const processes = [await handler(), await handler()]
    const id = await stored(holder, { n: 0 })
    await holder.sessions.open(id)
    const turns = Array.from({ length: 20 }, async (_, i) => {
      const session = await (processes[i % 2] as Watched).sessions.open(id)
      session.data.n = (session.data.n as number) + 1
      expect(await session.commit()).toMatchObject({ written: true })
    })
    await heard(id, 20, 2)
    pass(BREAK_AFTER)
    await look()
    await Promise.all(turns)
    expect((await holder.sessions.open(id, { access: 'readonly' })).data).toEqual({ n: 20 })
    expect(processes.flatMap(p => eventsNamed(p.events, 'lock-broken'))).toHaveLength(1)
  })

  test('a healthy holder younger than breakAfter is not broken, however long others have waited', async () => {
    const a = await handler()
    const b = await handler({ failAfter: 3600 })
    const looks = jest.spyOn(b.sessions.store, 'acquire')
    const id = await stored(a)
    let held = await a.sessions.open(id)
    const waiter = b.sessions.open(id)
    await heard(id, 1, 1)
    // The lock goes to another holder behind the waiter's back: its watch begins anew.
    const key = `sess_${recordName(id, 'hashed')}`
    for (let i = 0; i < 5; i += 1) {
      await client.hset(key, 'pid', `other|1|aaaaaaaa-0-b.${i}`)
      pass(BREAK_AFTER - 1000)
      const before = looks.mock.results.length
      await look()
      await eventually(() => looks.mock.results.length > before)
      expect(await looks.mock.results[before]?.value).toMatchObject({ outcome: 'queued' })
    }
    expect(eventsNamed(b.events, 'lock-broken')).toEqual([])
    pass(BREAK_AFTER)
    await look()
    await waiter
    expect(eventsNamed(b.events, 'lock-broken')).toMatchObject([
      { holder: { token: 'other|1|aaaaaaaa-0-b.4' } },
    ])
    held = await a.sessions.open(id, { access: 'readonly' })
    expect(held.locked).toBe(false)
  })
})

describe('promise 8: more than maxConcurrency waiters', () => {
  test('the next one is refused at once, with what a framework needs to answer', async () => {
    const a = await handler({ maxConcurrency: 2 })
    const id = await stored(a)
    const held = await a.sessions.open(id, { request: 'GET shop.example/slow?token=secret' })
    const waiters = [a.sessions.open(id), a.sessions.open(id)]
    await waiting(a, id, 2)
    await expect(a.sessions.open(id)).rejects.toMatchObject({
      name: 'ConcurrentConnectionsExceeded',
      code: 'CONCURRENT_CONNECTIONS_EXCEEDED',
      status: 503,
      statusCode: 503,
      headers: { 'Retry-After': '1' },
      expose: true,
      waiters: 2,
      holder: { request: 'GET shop.example/slow' },
    })
    await held.release()
    for (const waiter of waiters) await (await waiter).release()
    expect((await a.sessions.inspect(id))?.waiters).toBe(0)
  })

  test('the whole process has a limit too', async () => {
    const a = await handler({ maxWaiting: 1 })
    const [one, two] = [await stored(a), await stored(a)]
    const holds = [await a.sessions.open(one), await a.sessions.open(two)]
    const waiter = a.sessions.open(one)
    await eventually(() => a.sessions.counts.waiting === 1)
    await expect(a.sessions.open(two)).rejects.toMatchObject({ code: 'CONCURRENT_CONNECTIONS_EXCEEDED' })
    await waiting(a, two, 0)
    await Promise.all(holds.map(hold => hold.release()))
    await (await waiter).release()
  })
})

describe('promise 9: reading changes nothing', () => {
  test('an unknown id creates no key', async () => {
    const a = await handler()
    for (const access of ['exclusive', 'readonly', 'optimistic'] as const) {
      const session = await a.sessions.open('an-id-that-nobody-knows-1', { access })
      expect(session.isNew).toBe(true)
      expect(session.id).not.toBe('an-id-that-nobody-knows-1')
      await session.release()
    }
    expect(await client.keys('*')).toEqual([])
  })

  test('a read-only open alters no field and no TTL, and commits nothing', async () => {
    const a = await handler()
    const id = await stored(a)
    const key = `sess_${recordName(id, 'hashed')}`
    await client.expire(key, 5)
    const before = await client.hgetall(key)
    const session = await a.sessions.open(id, { access: 'readonly' })
    session.data.visits = 2
    expect(await session.commit()).toEqual({ written: false, reason: 'read-only' })
    await session.release()
    expect(await client.hgetall(key)).toEqual(before)
    expect(await client.ttl(key)).toBeLessThanOrEqual(5)
  })
})

describe('promise 10: an uncontended request costs two round trips and two commands', () => {
  test('counted on the server', async () => {
    const a = await handler()
    const id = await stored(a)
    await (await a.sessions.open(id)).release()
    const { commands } = await countOnServer(redis.path, async () => {
      const session = await a.sessions.open(id)
      session.data.visits = 2
      await session.commit()
    })
    expect(commands).toEqual(['evalsha', 'evalsha'])
  })

  test('and none for a visitor without a session until something is stored', async () => {
    const a = await handler()
    await a.sessions.ping()
    const { commands } = await countOnServer(redis.path, async () => {
      const session = await a.sessions.open()
      await session.release()
      const malformed = await a.sessions.open('*?[{}\n')
      await malformed.release()
    })
    expect(commands).toEqual([])
  })
})

describe('promise 11: a waiter costs Redis a bounded number of commands', () => {
  test('one a second, and five for asking, subscribing, looking again, being woken and ending', async () => {
    const a = await handler()
    const b = await handler()
    const id = await stored(a)
    const held = await a.sessions.open(id)
    let waited = 0
    const { commands } = await countOnServer(redis.path, async () => {
      const began = performance.now()
      const waiter = b.sessions.open(id)
      await new Promise(resolve => setTimeout(resolve, 2500))
      await held.release()
      await (await waiter).release()
      waited = (performance.now() - began) / 1000
    })
    const ofTheHolder = 1
    expect(commands.length - ofTheHolder).toBeLessThanOrEqual(waited + 5)
  })
})
