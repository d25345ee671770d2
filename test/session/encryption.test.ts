// Sessions that are encrypted at rest: what Redis holds of them, keys that change, and payloads that somebody else put there.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { keyIdOf } from '../../src/codec/encryption.ts'
import type { OptionsInput } from '../../src/index.ts'
import { recordName } from '../../src/session-id.ts'
import { type App, build, closeAll } from '../express-session/support.ts'
import { ownHandlers, waiting } from '../redis/support.ts'
import { eventsNamed, storedIn, type Watched } from '../support/sessions.ts'

const { redis, handler } = ownHandlers()
afterEach(closeAll)
// Compressed, a dump would hide plaintext from the search for it.
beforeEach(() => redis.client.config('SET', 'rdbcompression', 'no'))

const OLD = { id: 'old', key: '11'.repeat(32) }
const NEW = { id: 'new', key: '22'.repeat(32) }
const CARD = 'card number 4111 1111 1111 1111'

type Encryption = NonNullable<OptionsInput['encryption']>
const withKeys = (keys: Encryption['keys'], more: Partial<Encryption> = {}): Promise<Watched> =>
  handler({ encryption: { keys, ...more }, compression: 'none' })

const keyOf = (id: string, prefix = 'sess_') => `${prefix}${recordName(id, 'hashed')}`
const payloadOf = async (id: string) => (await redis.client.hgetBuffer(keyOf(id), 'data')) ?? Buffer.alloc(0)

/** A shop behind the door, whose page `/pay` stores a card. */
const shop = (encryption?: OptionsInput['encryption'], prefix = 'sess_'): Promise<App> =>
  build({
    ...{ house: 'own door', on: redis },
    options: { prefix, compression: 'none', ...(encryption ? { encryption } : {}) },
    routes: {
      '/pay': (req, res) => {
        req.session.card = CARD
        res.end('paid')
      },
      '/card': (req, res) => res.end(String(req.session.card)),
    },
  })

/** Whether Redis would write the text to disk for any of its keys. */
async function isOnDisk(text: string): Promise<boolean> {
  await redis.client.save()
  const [[, dir], [, file]] = await Promise.all([
    redis.client.config('GET', 'dir') as Promise<string[]>,
    redis.client.config('GET', 'dbfilename') as Promise<string[]>,
  ])
  return (await readFile(join(dir ?? '', file ?? ''))).includes(text)
}

describe('through a door', () => {
  test('nothing of the data is in the dump of a record, nor in the file that Redis writes', async () => {
    const app = await shop({ keys: [NEW], required: true })
    const { cookie, id } = await app.visitor()
    await app.ask('/pay', { cookie })
    const dump = await redis.client.dumpBuffer(keyOf(id))
    expect(dump.includes(CARD)).toBe(false)
    expect(dump.includes('card')).toBe(false)
    expect(await isOnDisk(CARD)).toBe(false)
    expect((await app.ask('/card', { cookie })).text).toBe(CARD)
    expect(await app.sessions.inspect(id)).toMatchObject({ encryptedWith: 'new', compression: 'none' })
  })

  test('the same search finds data that is not encrypted', async () => {
    const app = await shop()
    const { cookie, id } = await app.visitor()
    await app.ask('/pay', { cookie })
    expect((await redis.client.dumpBuffer(keyOf(id))).includes(CARD)).toBe(true)
    expect(await isOnDisk(CARD)).toBe(true)
  })

  test('a page that changes nothing encrypts the record with the new key, once', async () => {
    const before = await shop({ keys: [OLD] })
    const { cookie, id } = await before.visitor()
    expect(keyIdOf(await payloadOf(id))).toBe('old')
    const after = await shop({ keys: [NEW, OLD] })
    const ttl = await redis.client.ttl(keyOf(id))
    expect((await after.ask('/n', { cookie })).text).toBe('1')
    const payload = await payloadOf(id)
    expect(keyIdOf(payload)).toBe('new')
    expect(await redis.client.ttl(keyOf(id))).toBeGreaterThanOrEqual(ttl - 60)
    expect((await after.ask('/n', { cookie })).text).toBe('1')
    expect(await payloadOf(id)).toEqual(payload)
    expect((await after.sessions.inspect(id))?.writes).toBe(2)
  })

  test('plaintext from before encryption is read, and encrypted by the next page', async () => {
    const { cookie, id } = await (await shop()).visitor()
    const app = await shop({ keys: [NEW] })
    expect((await app.ask('/n', { cookie })).text).toBe('1')
    expect(keyIdOf(await payloadOf(id))).toBe('new')
  })
})

describe('a record that cannot be decrypted is left alone, and its visitor gets a new session', () => {
  /** Opens it in every way, and answers the reports. */
  async function refused({ sessions, events }: Watched, id: string) {
    const before = await redis.client.hgetall(keyOf(id))
    for (const access of ['exclusive', 'readonly', 'optimistic'] as const) {
      const session = await sessions.open(id, { access })
      expect(session.isNew).toBe(true)
      expect(session.data).toEqual({})
    }
    expect(await redis.client.hmget(keyOf(id), 'data', 'writes')).toEqual([
      before.data ?? null,
      before.writes,
    ])
    const told = eventsNamed(events, 'record-unreadable')
    expect(told).toHaveLength(3)
    return told[0]
  }

  test('the key is missing', async () => {
    const id = await storedIn((await withKeys([OLD])).sessions)
    expect(await refused(await withKeys([NEW]), id)).toMatchObject({
      keyId: 'old',
      why: 'the payload is encrypted with the key "old", which is not in encryption.keys',
    })
    const none = await withKeys([])
    expect(await refused(none, id)).toMatchObject({ keyId: 'old' })
    expect(await none.sessions.inspect(id)).toMatchObject({
      ...{ encryptedWith: 'old', compression: 'unknown', bytes: undefined },
    })
  })

  test('the key is another one of the same id', async () => {
    const id = await storedIn((await withKeys([OLD])).sessions)
    const told = await refused(await withKeys([{ ...NEW, id: 'old' }]), id)
    expect(told).toMatchObject({ keyId: 'old', why: expect.stringContaining('cannot be decrypted') })
  })

  test('the payload is that of another record', async () => {
    const watched = await withKeys([NEW])
    const admin = await storedIn(watched.sessions, { role: 'admin' })
    const visitor = await storedIn(watched.sessions, { role: 'visitor' })
    await redis.client.hset(keyOf(visitor), 'data', await payloadOf(admin))
    expect(await refused(watched, visitor)).toMatchObject({
      keyId: 'new',
      why: expect.stringContaining('moved from another record'),
    })
  })

  test('the record was moved to another prefix', async () => {
    const id = await storedIn((await withKeys([NEW])).sessions)
    await redis.client.rename(keyOf(id), keyOf(id, 'other_'))
    const other = await handler({ prefix: 'other_', encryption: { keys: [NEW] } })
    expect((await other.sessions.open(id)).isNew).toBe(true)
    expect(eventsNamed(other.events, 'record-unreadable')).toMatchObject([{ keyId: 'new' }])
  })

  test.each([
    ['plaintext', '{"role":"admin"}'],
    ['compressed plaintext', ':gz:damaged'],
    ['nothing', ''],
    ['no field at all', null],
  ])('encryption is required, and its data is %s', async (_, data) => {
    const watched = await withKeys([NEW], { required: true })
    const id = await storedIn(watched.sessions, { role: 'visitor' })
    if (data === null) await redis.client.hdel(keyOf(id), 'data')
    else await redis.client.hset(keyOf(id), 'data', data)
    expect(await refused(watched, id)).toMatchObject({
      keyId: undefined,
      why: 'the payload is not encrypted, and encryption.required is true',
    })
  })
})

test('requests under the old id of a login read the old data for some seconds', async () => {
  const { sessions, events } = await withKeys([NEW], { required: true })
  const id = await storedIn(sessions, { basket: ['shirt'] })
  const session = await sessions.open(id)
  await session.regenerate()
  session.data.user = 'alice'
  expect(await session.commit()).toMatchObject({ written: true })
  const late = await sessions.open(id, { access: 'readonly' })
  expect(late.data).toEqual({ basket: ['shirt'] })
  expect((await sessions.open(session.id, { access: 'readonly' })).data).toEqual({
    ...{ basket: ['shirt'], user: 'alice' },
  })
  expect(eventsNamed(events, 'record-unreadable')).toEqual([])
})

test('a lock that is handed to another process brings data that it can read', async () => {
  const [one, other] = [await withKeys([NEW]), await withKeys([NEW])]
  const id = await storedIn(one.sessions, { n: 1 })
  const holder = await one.sessions.open(id)
  const waiter = other.sessions.open(id)
  await waiting(one, id, 1)
  holder.data.n = 2
  await holder.commit()
  const session = await waiter
  expect(session.data).toEqual({ n: 2 })
  session.data.n = 3
  expect(await session.commit()).toMatchObject({ written: true })
})

test('a request without the lock leaves the key as it is, and one whose lock was taken overwrites nothing', async () => {
  const id = await storedIn((await withKeys([OLD])).sessions)
  const { sessions, events } = await withKeys([NEW, OLD])
  for (const access of ['readonly', 'optimistic'] as const)
    await (await sessions.open(id, { access })).release()
  expect(keyIdOf(await payloadOf(id))).toBe('old')
  const session = await sessions.open(id)
  const theirs = Buffer.from('{"n":7}')
  await redis.client.hset(keyOf(id), { data: theirs, lock: '1', pid: 'php|77' })
  expect(await session.release()).toBe(false)
  expect(await payloadOf(id)).toEqual(theirs)
  expect(eventsNamed(events, 'commit-refused')).toEqual([])
})
