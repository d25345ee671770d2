import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { recordName } from '../../src/session-id.ts'
import { type RedisServer, startRedis } from '../support/redis-server.ts'
import {
  endsWithin,
  eventsNamed,
  eventually,
  refused,
  type Watched,
  watchedSessions,
} from '../support/sessions.ts'

let redis: RedisServer
let client: Redis
let watched: Watched

beforeAll(async () => {
  redis = await startRedis()
  client = new Redis({ path: redis.path })
  client.on('error', () => {})
  watched = await watchedSessions({ redis: { url: redis.url }, maxSize: 10_000, maxDecompressedSize: 20_000 })
})
afterEach(async () => {
  watched.events.length = 0
  await client.flushall()
})
afterAll(async () => {
  await watched.sessions.close({ grace: 0 })
  client.disconnect()
  await redis.stop()
})

const ID = 'abcdefghijklmnopqrstuvwxyz123456'
const KEY = `sess_${recordName(ID, 'hashed')}`

async function stored(data: object = { visits: 1 }): Promise<string> {
  const session = await watched.sessions.open()
  Object.assign(session.data, data)
  await session.commit()
  return session.id
}

describe('a malformed id never reaches Redis', () => {
  test.each([
    '*',
    'sess_*?[{}\n',
    'short',
    'x'.repeat(257),
    'a b c d e f g h i j k l',
    'ünïcödé-ünïcödé-ünïcödé',
    '{abcdefghijklmnopqrstuv}',
  ])('%j', async id => {
    const session = await watched.sessions.open(id)
    expect(session.isNew).toBe(true)
    expect(await watched.sessions.destroy(id)).toBe(false)
    expect(await watched.sessions.inspect(id)).toBeUndefined()
    expect(await watched.sessions.update(id, () => {})).toEqual({ written: false, reason: 'destroyed' })
    expect(() => watched.sessions.create(id)).toThrow(expect.objectContaining({ code: 'ID_MALFORMED' }))
    expect(eventsNamed(watched.events, 'id-malformed').length).toBeGreaterThan(0)
  })
})

describe('a record that cannot be read is left as it is, and the visitor gets a new session', () => {
  test.each([
    ['damaged compression', Buffer.from(':gz:this is no zlib stream')],
    ['a tag nobody knows', Buffer.from(':zz:whatever')],
    ['bad JSON', Buffer.from('{"visits":')],
    ['JSON that is no object', Buffer.from('[1,2]')],
    ['PHP session text', Buffer.from('visits|i:1;')],
    ['binary', Buffer.from([0, 255, 1, 254])],
    ['over the limit', Buffer.from(JSON.stringify({ text: 'x'.repeat(30_000) }))],
  ])('%s', async (_, data) => {
    await client.hset(KEY, { data, lock: '0', writes: '3' })
    await client.expire(KEY, 100)
    for (const access of ['exclusive', 'readonly', 'optimistic'] as const) {
      const session = await watched.sessions.open(ID, { access })
      expect(session.isNew).toBe(true)
      expect(session.id).not.toBe(ID)
    }
    expect(await client.hgetBuffer(KEY, 'data')).toEqual(data)
    expect(await client.hmget(KEY, 'lock', 'writes')).toEqual(['0', '3'])
    expect(await client.ttl(KEY)).toBeLessThanOrEqual(100)
    expect(eventsNamed(watched.events, 'record-unreadable')).toHaveLength(3)
  })

  test('a bomb that inflates beyond maxDecompressedSize too', async () => {
    const { deflateSync } = await import('node:zlib')
    const bomb = Buffer.concat([Buffer.from(':gz:'), deflateSync(Buffer.alloc(50_000_000, 'a'))])
    await client.hset(KEY, { data: bomb, lock: '0', writes: '1' })
    expect((await watched.sessions.open(ID)).isNew).toBe(true)
    expect(eventsNamed(watched.events, 'record-unreadable')[0]?.why).toMatch(
      'maxDecompressedSize (20000 bytes)',
    )
  })
})

describe('a key of another type', () => {
  test('is an error that says so, and is not overwritten', async () => {
    await client.set(KEY, '{"cookie":{}}', 'EX', 100)
    for (const access of ['exclusive', 'readonly', 'optimistic'] as const) {
      await expect(watched.sessions.open(ID, { access })).rejects.toMatchObject({
        code: 'RECORD_TYPE',
        message: expect.stringContaining('prefix'),
      })
    }
    const created = watched.sessions.create(ID)
    created.data.n = 1
    await expect(created.commit()).rejects.toMatchObject({ code: 'RECORD_TYPE' })
    expect(await client.get(KEY)).toBe('{"cookie":{}}')
  })
})

describe('Redis away', () => {
  test('at the start: an answer that says where, within a second, and recovery without a restart', async () => {
    const early = await startRedis()
    early.kill('SIGKILL')
    const { sessions, events } = await watchedSessions({ redis: { url: early.url } })
    await expect(endsWithin(1000, sessions.open(ID))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      status: 503,
      headers: { 'Retry-After': '1' },
      message: expect.stringContaining(early.path),
    })
    expect(eventsNamed(events, 'store-down')).toHaveLength(1)
    await early.restart()
    await eventually(() =>
      sessions.ping().then(
        () => true,
        () => false,
      ),
    )
    expect((await sessions.open(ID)).isNew).toBe(true)
    await sessions.close({ grace: 0 })
    await early.stop()
  })

  test('in mid-request: the commit is an error, told by an event; afterwards all is well again', async () => {
    const own = await startRedis()
    const { sessions, events } = await watchedSessions({ redis: { url: own.url } })
    const session = await sessions.open()
    session.data.n = 1
    await session.commit()
    const open = await sessions.open(session.id)
    own.kill('SIGKILL')
    open.data.n = 2
    await expect(open.commit()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', status: 503 })
    expect(eventsNamed(events, 'store-failed')).toMatchObject([{ during: 'commit' }])
    await own.restart()
    await eventually(() =>
      sessions.ping().then(
        () => true,
        () => false,
      ),
    )
    const fresh = await sessions.open()
    fresh.data.n = 1
    expect(await fresh.commit()).toEqual({ written: true, writes: 1 })
    expect(eventsNamed(events, 'store-down')).toHaveLength(1)
    expect(eventsNamed(events, 'store-up')).toHaveLength(1)
    await sessions.close({ grace: 0 })
    await own.stop()
  })

  test('hanging: requests end in time, none is queued, and the scripts are found again afterwards', async () => {
    const own = await startRedis()
    const { sessions } = await watchedSessions({ redis: { url: own.url } })
    await sessions.ping()
    own.kill('SIGSTOP')
    const answers = await endsWithin(
      1000,
      Promise.allSettled(Array.from({ length: 50 }, () => sessions.open(ID))),
    )
    expect(answers.every(a => a.status === 'rejected' && a.reason.code === 'STORE_UNAVAILABLE')).toBe(true)
    own.kill('SIGCONT')
    await eventually(() =>
      sessions.ping().then(
        () => true,
        () => false,
      ),
    )
    const fresh = await sessions.open()
    fresh.data.n = 1
    expect(await fresh.commit()).toEqual({ written: true, writes: 1 })
    await sessions.close({ grace: 0 })
    await own.stop()
  })

  test('SCRIPT FLUSH in between is not noticed', async () => {
    const id = await stored()
    const session = await watched.sessions.open(id)
    await client.script('FLUSH')
    session.data.visits = 2
    expect(await session.commit()).toMatchObject({ written: true })
  })

  test('a wrong password is an error that says so', async () => {
    const own = await startRedis('--requirepass', 'right')
    const wrong = await watchedSessions({ redis: { url: own.url, password: 'wrong', commandTimeout: 0.3 } })
    const { sessions } = wrong
    await refused(wrong)
    await expect(sessions.open(ID)).rejects.toMatchObject({
      status: 503,
      message: expect.stringMatching(/WRONGPASS|password/i),
    })
    await sessions.close({ grace: 0 })
    const right = await watchedSessions({ redis: { url: own.url, password: 'right' } })
    await right.sessions.ping()
    await right.sessions.close({ grace: 0 })
    await own.stop()
  })
})

describe('a lost wake-up', () => {
  test('delays a waiter until its next look, and no longer', async () => {
    const other = await watchedSessions({ redis: { url: redis.url } })
    const id = await stored()
    const held = await watched.sessions.open(id)
    const waiter = other.sessions.open(id)
    await eventually(async () => (await client.pubsub('CHANNELS', 'sess_wake:*')).length === 1)
    await eventually(async () => (await watched.sessions.inspect(id))?.waiters === 1)
    await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await held.release()
    expect((await waiter).locked).toBe(true)
    await other.sessions.close({ grace: 0 })
  })
})

describe('leaving', () => {
  test('a request whose client goes away leaves the queue', async () => {
    const id = await stored()
    const held = await watched.sessions.open(id)
    const gone = new AbortController()
    const waiter = watched.sessions.open(id, { signal: gone.signal })
    await eventually(async () => (await watched.sessions.inspect(id))?.waiters === 1)
    gone.abort()
    await expect(waiter).rejects.toMatchObject({ code: 'WAIT_ABORTED' })
    await eventually(async () => (await watched.sessions.inspect(id))?.waiters === 0)
    await held.release()
    expect((await watched.sessions.inspect(id))?.holder).toBeUndefined()
  })

  test('close lets running requests commit, refuses new ones, and releases what is left', async () => {
    const { sessions } = await watchedSessions({ redis: { url: redis.url } })
    const [one, two] = [await stored(), await stored()]
    const commits = await sessions.open(one)
    await sessions.open(two)
    const waits = sessions.open(one)
    const refused = expect(waits).rejects.toMatchObject({ code: 'WAIT_ABORTED' })
    await eventually(() => sessions.counts.waiting === 1)
    const closed = sessions.close({ grace: 0.3 })
    await refused
    await expect(sessions.open(two)).rejects.toMatchObject({ code: 'CLOSED', status: 503 })
    commits.data.visits = 2
    expect(await commits.commit()).toMatchObject({ written: true })
    await closed
    expect((await watched.sessions.inspect(two))?.holder).toBeUndefined()
  })
})

describe('giving up', () => {
  test.each(['proceed', 'throw'] as const)('after breakAfter and failAfter: %s', async giveUp => {
    // The holder changes all the time, so that it is never overdue.
    const { sessions, events } = await watchedSessions({
      redis: { url: redis.url },
      breakAfter: 0.3,
      failAfter: 0.2,
      giveUp,
    })
    const id = await stored()
    const key = (await watched.sessions.inspect(id))?.key ?? ''
    await watched.sessions.open(id)
    let turns = 0
    const changing = setInterval(() => {
      turns += 1
      client.hset(key, 'pid', `other|1|aaaaaaaa-0-b.${turns}`)
    }, 20)
    const waited = sessions.open(id)
    if (giveUp === 'throw') await expect(waited).rejects.toMatchObject({ code: 'LOCK_TIMEOUT', status: 503 })
    else {
      const session = await waited
      expect(session.data).toEqual({ visits: 1 })
      expect(await session.commit()).toEqual({ written: false, reason: 'not-locked' })
    }
    clearInterval(changing)
    expect(eventsNamed(events, 'lock-given-up')).toMatchObject([{ giveUp }])
    await eventually(async () => (await watched.sessions.inspect(id))?.waiters === 0)
    await sessions.close({ grace: 0 })
  })
})
