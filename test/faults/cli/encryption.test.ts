// Encrypted sessions on the command line: stats and doctor count them by key, and `latchkey reseal` encrypts them with the new one.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, jest, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { encryptionFindings } from '../../../src/cli/doctor/encryption.ts'
import { run as latchkey } from '../../../src/cli/run.ts'
import { keyIdOf } from '../../../src/codec/encryption.ts'
import type { OptionsInput } from '../../../src/index.ts'
import { defineTransitions, replace } from '../../../src/redis/scripts.ts'
import { recordName, shortHash } from '../../../src/session-id.ts'
import { ownHandlers } from '../../redis/support.ts'
import { storedIn } from '../../support/sessions.ts'

const { redis, handler } = ownHandlers()

const OLD = { id: 'old', key: '11'.repeat(32) }
const NEW = { id: 'new', key: '22'.repeat(32) }
const LOST = { id: 'lost', key: '33'.repeat(32) }

type Encryption = NonNullable<OptionsInput['encryption']>

const store = async (data: object, encryption: Encryption = {}): Promise<string> =>
  storedIn((await handler({ encryption })).sessions, data)

const recordOf = (id: string) => redis.client.hgetall(`sess_${recordName(id, 'hashed')}`)
const keyIdIn = async (id: string) =>
  keyIdOf((await redis.client.hgetBuffer(`sess_${recordName(id, 'hashed')}`, 'data')) ?? Buffer.alloc(0))

const folder = mkdtempSync(join(tmpdir(), 'latchkey-encryption-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A command in this process: its exit code, and what it wrote. */
async function run(encryption: Encryption, ...args: string[]) {
  const config = join(folder, 'config.json')
  writeFileSync(config, JSON.stringify({ encryption }))
  let [out, err] = ['', '']
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation(text => {
      out += text
      return true
    }),
    jest.spyOn(process.stderr, 'write').mockImplementation(text => {
      err += text
      return true
    }),
  ]
  const code = await latchkey([...args, '--json', '--config', config, '--redis', redis.url]).finally(() => {
    for (const spy of spies) spy.mockRestore()
  })
  return { code, err, ...(out === '' ? {} : JSON.parse(out)) }
}

const RING = { keys: [NEW, OLD] }
let ids: { old: string; new: string; lost: string; plain: string }
beforeEach(async () => {
  ids = {
    old: await store({ n: 1 }, { keys: [OLD] }),
    new: await store({ n: 2 }, { keys: [NEW] }),
    lost: await store({ n: 3 }, { keys: [LOST] }),
    plain: await store({ n: 4 }),
  }
})

test('reseal encrypts what is of an older key or of none, and changes nothing else of a record', async () => {
  const before = { ...(await recordOf(ids.old)) }
  const { sessions } = await handler({ encryption: RING })
  const holder = await sessions.open(ids.plain)
  const counts = { key: 'new', resealed: 2, current: 1, unreadable: 1, unreadableKeys: ['lost'], busy: 0 }
  expect(await run(RING, 'reseal', '--dry-run')).toMatchObject({ ...counts, code: 1, dryRun: true })
  expect(await recordOf(ids.old)).toEqual(before)

  expect(await run(RING, 'reseal')).toMatchObject({ ...counts, code: 1 })
  expect(await Promise.all([ids.old, ids.new, ids.lost, ids.plain].map(keyIdIn))).toEqual([
    ...['new', 'new', 'lost', 'new'],
  ])
  const { data: _, ...after } = await recordOf(ids.old)
  const { data: __, ...was } = before
  expect(after).toEqual(was)
  expect((await sessions.open(ids.old, { access: 'readonly' })).data).toEqual({ n: 1 })
  // Its holder has the lock still, and commits what it has.
  holder.data.n = 5
  expect(await holder.commit()).toEqual({ written: true, writes: 2 })
  expect((await sessions.open(ids.plain, { access: 'readonly' })).data).toEqual({ n: 5 })

  expect(await run(RING, 'reseal')).toMatchObject({ resealed: 0, current: 3, unreadable: 1 })
})

test('reseal encrypts no plaintext where encryption is required', async () => {
  const required = { ...RING, required: true }
  expect(await run(required, 'reseal')).toMatchObject({ code: 1, plaintext: 1, resealed: 1 })
  expect(await keyIdIn(ids.plain)).toBeUndefined()
})

test('without keys there is nothing to reseal with', async () => {
  const { code, err } = await run({}, 'reseal')
  expect([code, err]).toEqual([2, expect.stringContaining('encryption.keys has no key that encrypts now')])
})

test('a record is not replaced that a request has written since', async () => {
  const key = `sess_${recordName(ids.old, 'hashed')}`
  const read = (await redis.client.hgetBuffer(key, 'data')) ?? Buffer.alloc(0)
  const { sessions } = await handler({ encryption: RING })
  await sessions.update(ids.old, data => {
    data.n = 9
  })
  const client = new Redis({ path: redis.path })
  defineTransitions(client)
  expect(await replace(client, key, read, Buffer.from('{"n":1}'))).toBe(false)
  client.disconnect()
  expect((await sessions.open(ids.old, { access: 'readonly' })).data).toEqual({ n: 9 })
})

test('migrate encrypts what it converts', async () => {
  await redis.client.set('sess:Vb2zX0m1pQ8rT6yU4iO2aS0dF9gH7jK5', '{"cookie":{},"n":6}', 'EX', 500)
  const required = { ...RING, required: true }
  expect(await run(required, 'migrate', '--from', 'connect-redis')).toMatchObject({ code: 0, converted: 1 })
  expect(await keyIdIn('Vb2zX0m1pQ8rT6yU4iO2aS0dF9gH7jK5')).toBe('new')
  const { sessions } = await handler({ encryption: required })
  expect((await sessions.peek(recordName('Vb2zX0m1pQ8rT6yU4iO2aS0dF9gH7jK5', 'hashed')))?.n).toBe(6)
})

test('stats counts all sessions by key', async () => {
  const { encryption } = await run(RING, 'stats')
  expect(encryption).toHaveLength(4)
  expect(encryption).toEqual(
    expect.arrayContaining([
      ...['old', 'new', 'lost'].map(key => ({ key, sessions: 1 })),
      { key: null, sessions: 1 },
    ]),
  )
})

test('doctor says which sessions cannot be read, also without a key', async () => {
  const { code, findings } = await run({}, 'doctor')
  expect(code).toBe(1)
  const texts = (findings as { found: string }[]).map(({ found }) => found)
  expect(texts).toContainEqual(
    expect.stringContaining('1 session encrypted with the key "lost", which is not'),
  )
})

test('inspect names the key, and shows data that it can decrypt', async () => {
  expect(await run(RING, 'inspect', shortHash(ids.old), '--data')).toMatchObject({
    encryptedWith: 'old',
    data: { n: 1 },
  })
})

const findings = (encryption: object, found: Record<string, number>) => {
  const keys = [
    { ...NEW, from: null },
    { ...OLD, from: null },
  ]
  const all = Object.entries(found).map(([key, sessions]) => ({ key: key === '' ? null : key, sessions }))
  return [...encryptionFindings({ keys, required: false, pad: 0, ...encryption }, all)]
}

test.each<[string, object, Record<string, number>, string, RegExp]>([
  ['the key that writes', {}, { new: 2 }, 'good', /2 sessions encrypted with the key new/],
  ['an older key', {}, { old: 1 }, 'note', /1 session encrypted with the older key old/],
  ['an unknown key', {}, { lost: 1 }, 'loss', /not in encryption\.keys/],
  ['plaintext', {}, { '': 3 }, 'warning', /3 sessions not encrypted/],
  ['plaintext that is refused', { required: true }, { '': 3 }, 'loss', /encryption\.required refuses/],
  ['none that required would refuse', {}, { new: 2 }, 'note', /No session is stored as plaintext/],
])('doctor on %s', (_, encryption, found, level, says) => {
  expect(findings(encryption, found)).toContainEqual(
    expect.objectContaining({ level, found: expect.stringMatching(says) }),
  )
})

test('doctor says nothing of encryption where there is none', () => {
  expect(findings({ keys: [] }, {})).toEqual([])
})
