// What is no session: malformed ids, records that cannot be read, keys of another type.
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { recordName } from '../../src/session-id.ts'
import { ownRedis } from '../support/own-redis.ts'
import { eventsNamed, type Watched } from '../support/sessions.ts'

const redis = ownRedis()
let watched: Watched

beforeAll(async () => {
  watched = await redis.watched({ maxSize: 10_000, maxDecompressedSize: 20_000 })
})
afterEach(async () => {
  watched.events.length = 0
  await redis.client.flushall()
})

const ID = 'abcdefghijklmnopqrstuvwxyz123456'
const KEY = `sess_${recordName(ID, 'hashed')}`

const MALFORMED = ['sess_*?[{}\n', 'x'.repeat(257), 'a b c d e f g h i j k l', 'ünïcödé-ünïcödé-ünïcödé']

describe.each([
  { naming: 'hashed' as const, ids: MALFORMED },
  { naming: 'plain' as const, ids: [...MALFORMED, '*', 'short', '{abcdefghijklmnopqrstuv}'] },
])('a malformed id never reaches Redis ($naming naming)', ({ naming, ids }) => {
  test.each(ids)('%j', async id => {
    const watched = await redis.watched({ naming })
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
    await redis.client.hset(KEY, { data, lock: '0', writes: '3' })
    await redis.client.expire(KEY, 100)
    for (const access of ['exclusive', 'readonly', 'optimistic'] as const) {
      const session = await watched.sessions.open(ID, { access })
      expect(session.isNew).toBe(true)
      expect(session.id).not.toBe(ID)
    }
    expect(await redis.client.hgetBuffer(KEY, 'data')).toEqual(data)
    expect(await redis.client.hmget(KEY, 'lock', 'writes')).toEqual(['0', '3'])
    expect(await redis.client.ttl(KEY)).toBeLessThanOrEqual(100)
    expect(eventsNamed(watched.events, 'record-unreadable')).toHaveLength(3)
  })

  test('a bomb that inflates beyond maxDecompressedSize too', async () => {
    const { deflateSync } = await import('node:zlib')
    const bomb = Buffer.concat([Buffer.from(':gz:'), deflateSync(Buffer.alloc(50_000_000, 'a'))])
    await redis.client.hset(KEY, { data: bomb, lock: '0', writes: '1' })
    expect((await watched.sessions.open(ID)).isNew).toBe(true)
    expect(eventsNamed(watched.events, 'record-unreadable')[0]?.why).toMatch(
      'maxDecompressedSize (20000 bytes)',
    )
  })
})

describe('a key of another type', () => {
  test('is an error that says so, and is not overwritten', async () => {
    await redis.client.set(KEY, '{"cookie":{}}', 'EX', 100)
    for (const access of ['exclusive', 'readonly', 'optimistic'] as const) {
      await expect(watched.sessions.open(ID, { access })).rejects.toMatchObject({
        code: 'RECORD_TYPE',
        message: `The key ${KEY} holds something that is not a session. Another program uses this prefix: set the option prefix to one of your own.`,
      })
    }
    const created = watched.sessions.create(ID)
    created.data.n = 1
    await expect(created.commit()).rejects.toMatchObject({ code: 'RECORD_TYPE' })
    expect(await redis.client.get(KEY)).toBe('{"cookie":{}}')
    await expect(watched.sessions.inspect(ID)).rejects.toMatchObject({
      message: expect.stringContaining(KEY),
    })
  })

  test('is named so far that it can be found, and not so far that it tells an id', async () => {
    const plain = await redis.watched({ naming: 'plain' })
    await redis.client.set(`sess_${ID}`, 'x', 'EX', 100)
    const error = await plain.sessions.open(ID).catch((each: Error) => each)
    expect((error as Error).message).toContain('The key sess_abcdefghij… holds')
    expect(JSON.stringify(plain.lines)).not.toContain(ID)
  })
})
