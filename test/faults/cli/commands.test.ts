// The commands as an operator runs them: a process of their own, beside a shop that works.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import type { Session } from '../../../src/index.ts'
import { recordName, shortHash } from '../../../src/session-id.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { storedIn, type Watched, watchedSessions } from '../../support/sessions.ts'
import { latchkey } from './support.ts'

let redis: RedisServer
let admin: Redis
let shop: Watched

beforeAll(async () => {
  redis = await startRedis()
  admin = new Redis({ path: redis.path })
  shop = await watchedSessions({ redis: { path: redis.path }, lease: 60 })
})

afterAll(async () => {
  await shop?.sessions.close({ grace: 0 })
  admin?.disconnect()
  await redis?.stop()
})

const run = (...args: string[]) => latchkey(args, { REDIS_URL: redis.url })

async function json(...args: string[]) {
  const { code, out, err } = await run(...args, '--json')
  if (code !== 0) throw new Error(err)
  return JSON.parse(out)
}

describe('inspect', () => {
  test('tells who holds the lock, by the hash that log lines show', async () => {
    const id = await storedIn(shop.sessions, { cart: 'shoes' })
    const session = await shop.sessions.open(id, { request: 'POST shop.example/checkout' })
    const { code, out, err } = await run('inspect', shortHash(id))
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain(`session  ${shortHash(id)}`)
    expect(out).toMatch(/state +locked by \S+\|\d+ \(POST shop\.example\/checkout, for /)
    expect(out).not.toContain('shoes')
    expect(out).not.toContain(id)
    await session.release()
  })

  test.each([
    ['its id', (id: string) => id],
    ["its cookie's value", (id: string) => `s:${id}.c2lnbmF0dXJl`],
    ['its key', (id: string) => `sess_${recordName(id, 'hashed')}`],
  ])('finds a session by %s, and changes nothing', async (_, as) => {
    const id = await storedIn(shop.sessions)
    const key = `sess_${recordName(id, 'hashed')}`
    const before = await admin.hgetall(key)
    expect(await json('inspect', as(id))).toMatchObject({
      session: shortHash(id),
      key,
      holder: null,
      writes: 1,
    })
    expect(await admin.hgetall(key)).toEqual(before)
  })

  test('shows data only when asked to', async () => {
    const id = await storedIn(shop.sessions, { cart: 'shoes' })
    expect(await json('inspect', id, '--data')).toMatchObject({ data: { cart: 'shoes' } })
  })

  test("shows PHP's values in words of JSON", async () => {
    const id = 'q6vbjq0h5kd8ocg1q1vqg0n9cv'
    const data =
      'big|i:9007199254740993;raw|s:2:"\xff\0";odd|a:2:{s:1:"x";i:1;i:0;i:2;}item|O:9:"Shop\\Item":1:{s:6:"\0*\0qty";i:2;}'
    await admin.hset(`sess_${id}`, { data: Buffer.from(data, 'latin1'), lock: 0, writes: 1 })
    const env = { REDIS_URL: redis.url, LATCHKEY_PHP: '{}' }
    const inJson = await latchkey(['inspect', id, '--data', '--json'], env)
    expect(inJson.err).toBe('')
    expect(JSON.parse(inJson.out)).toMatchObject({
      kind: 'php',
      data: {
        big: '9007199254740993n',
        raw: 'base64:/wA=',
        odd: { $map: [['x', 1], [0, 2]] }, // biome-ignore format: pairs
        item: { $class: 'Shop\\Item', qty: 2 },
      },
    })
    const forPeople = await latchkey(['inspect', id, '--data'], env)
    expect([forPeople.code, forPeople.err]).toEqual([0, ''])
    expect(forPeople.out).toContain('"big": "9007199254740993n"')
    await admin.del(`sess_${id}`)
  })

  test('takes a hash that begins with a dash for a session', async () => {
    const { code, err } = await run('inspect', '-abcDEF123')
    expect([code, err]).toEqual([1, 'latchkey: no session has the hash -abcDEF123; it may have expired.\n'])
  })

  test('tells of an ended session that it has ended', async () => {
    const id = await storedIn(shop.sessions)
    await shop.sessions.destroy(id)
    expect(await json('inspect', id)).toMatchObject({ kind: 'ended', ended: 'destroyed' })
  })
})

describe('unlock', () => {
  test('breaks a lock: its holder cannot write, and its log says who took the lock', async () => {
    const id = await storedIn(shop.sessions)
    const session = await shop.sessions.open(id, { request: 'POST shop.example/checkout' })
    session.data.n = 7
    const { code, out, err } = await run('unlock', shortHash(id), '--yes')
    expect([code, out]).toEqual([
      0,
      `The lock of ${shortHash(id)} is broken. The first waiter has it; without one it is free.\n`,
    ])
    expect(JSON.parse(err)).toMatchObject({
      event: 'unlocked-by-hand',
      session: shortHash(id),
      request: expect.stringMatching(/^latchkey unlock by \S+@\S+$/),
      holder: { request: 'POST shop.example/checkout' },
    })
    expect(await session.commit()).toMatchObject({
      written: false,
      reason: 'lock-lost',
      holder: { request: expect.stringContaining('latchkey unlock by') },
    })
    const next = await shop.sessions.open(id)
    expect(next.data).toEqual({ n: 0 })
    await next.release()
  })

  test('hands the lock to the request that waits', async () => {
    const id = await storedIn(shop.sessions)
    const holder = await shop.sessions.open(id)
    const waiting = shop.sessions.open(id, { request: 'GET shop.example/next' })
    while (((await shop.sessions.inspect(id))?.waiters ?? 0) < 1) await new Promise(setImmediate)
    expect(await json('unlock', id, '--yes')).toMatchObject({ outcome: 'broken' })
    const next = await waiting
    next.data.n = 1
    expect(await next.commit()).toMatchObject({ written: true })
    holder.data.n = 2
    expect(await holder.commit()).toMatchObject({ written: false })
  })

  test('asks, and does nothing without a terminal to answer on', async () => {
    const id = await storedIn(shop.sessions)
    const session = await shop.sessions.open(id)
    const { code, err } = await run('unlock', id)
    expect([code, err]).toEqual([2, 'latchkey: no terminal to answer on: add --yes. See latchkey --help.\n'])
    expect(await session.commit()).toMatchObject({ written: true })
  })
})

describe('end', () => {
  test('ends a session for good', async () => {
    const id = await storedIn(shop.sessions)
    const session = await shop.sessions.open(id)
    const { code, out, err } = await run('end', shortHash(id), '--yes')
    expect([code, out]).toEqual([0, `The session ${shortHash(id)} has ended.\n`])
    expect(JSON.parse(err)).toMatchObject({ event: 'ended-by-hand', session: shortHash(id) })
    expect(await session.commit()).toMatchObject({ written: false, reason: 'destroyed' })
    expect(await shop.sessions.inspect(id)).toBeUndefined()
  })
})

describe('all sessions', () => {
  let other: RedisServer
  let otherShop: Watched
  let large: string
  /** Kept to the end: the lock of a session that is collected is released. */
  let held: Session
  const there = async (...args: string[]) => {
    const { code, out, err } = await latchkey([...args, '--redis', other.url, '--json'])
    expect([code, err]).toEqual([0, ''])
    return JSON.parse(out)
  }

  beforeAll(async () => {
    other = await startRedis()
    otherShop = await watchedSessions({ redis: { path: other.path }, compression: 'gzip' })
    for (let i = 0; i < 30; i++) await storedIn(otherShop.sessions, { n: 'x'.repeat(10 * i) })
    large = await storedIn(otherShop.sessions, { n: 'x'.repeat(200_000), random: Math.random() })
    const id = await storedIn(otherShop.sessions)
    held = await otherShop.sessions.open(id, { request: 'GET shop.example/held' })
    const client = new Redis({ path: other.path })
    await client.set('sess_of-connect-redis-here', '{"cookie":{"path":"/"}}')
    await client.rpush('sess_a-queue', 'x')
    await client.set('elsewhere', 'x')
    client.disconnect()
  })

  afterAll(async () => {
    await held?.release()
    await otherShop?.sessions.close({ grace: 0 })
    await other?.stop()
  })

  test('list sorts them by size', async () => {
    const rows = await there('list', '--limit', '3')
    expect(rows).toHaveLength(3)
    expect(rows[0]).toMatchObject({ session: shortHash(large), kind: 'node', writes: 1 })
    expect(rows[0].storedBytes).toBeGreaterThan(rows[1].storedBytes)
  })

  test('list shows those that are held', async () => {
    const rows = await there('list', '--by', 'held')
    expect(rows).toMatchObject([{ holder: { request: 'GET shop.example/held' } }])
  })

  test('stats needs no rights but those of the shop', async () => {
    const page = await readFile(new URL('../../../docs/operations.md', import.meta.url), 'utf8')
    const [, line = ''] = /^ACL SETUSER (shop on .*)$/m.exec(page) ?? []
    const client = new Redis({ path: other.path })
    await client.call('ACL', 'SETUSER', ...line.split(' '))
    client.disconnect()
    const env = { LATCHKEY_REDIS_USERNAME: 'shop', LATCHKEY_REDIS_PASSWORD: 'secret', REDIS_URL: other.url }
    const { code, out, err } = await latchkey(['stats', '--json'], env)
    expect([code, err]).toEqual([0, ''])
    expect(JSON.parse(out)).toMatchObject({ sessions: 32, memory: null })
  })

  test('stats counts sessions, kinds, sizes, lifetimes and what compression saves', async () => {
    const stats = await there('stats')
    expect(stats).toMatchObject({
      sessions: 32,
      locked: 1,
      kinds: { node: 32, 'connect-redis': 1, other: 1 },
      sample: { sessions: 32, libraries: { gzip: 1, none: 31 } },
    })
    expect(stats.compressionSaves).toBeGreaterThan(0.9)
    expect(stats.memory).toBeGreaterThan(stats.storedBytes)
    const total = (buckets: { count: number }[]) => buckets.reduce((sum, { count }) => sum + count, 0)
    expect([stats.sizes, stats.expiry, stats.idle].map(total)).toEqual([32, 32, 32])
  })
})
