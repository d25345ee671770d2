// `latchkey migrate`: sessions that express-session stored elsewhere are opened afterwards by a shop on Latchkey.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { watchedSessions } from '../../support/sessions.ts'
import { latchkey } from './support.ts'

let redis: RedisServer
let admin: Redis
let folder: string

beforeAll(async () => {
  redis = await startRedis()
  admin = new Redis({ path: redis.path })
  folder = await mkdtemp(join(tmpdir(), 'latchkey-migrate-'))
})

afterAll(async () => {
  admin?.disconnect()
  await redis?.stop()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(() => admin.flushall())

const ID = 'Vb2zX0m1pQ8rT6yU4iO2aS0dF9gH7jK5'
const session = (n: number) => ({ cookie: { path: '/', originalMaxAge: null, httpOnly: true }, n })

async function migrate(...args: string[]) {
  const { code, out, err } = await latchkey(['migrate', ...args, '--json'], { REDIS_URL: redis.url })
  expect(err).toBe('')
  return { code, ...JSON.parse(out) }
}

/** The data of a session as a shop opens it, and the seconds that it lives. */
async function opened(id: string) {
  const { sessions } = await watchedSessions({ redis: { path: redis.path } })
  const view = await sessions.inspect(id)
  const { data } = await sessions.open(id, { access: 'readonly' })
  await sessions.close()
  return { data, ttl: view?.ttl }
}

test('of connect-redis: a dry run writes nothing; a run converts all; another goes on where it stopped', async () => {
  await admin.set(`sess:${ID}`, JSON.stringify(session(1)), 'EX', 500)
  await admin.set(`sess:${ID}2`, JSON.stringify(session(2)), 'EX', 500)
  await admin.set('sess:broken-session-id', '{"cookie":')
  await admin.set('sess:something-else', 'prose')
  const dry = await migrate('--from', 'connect-redis', '--dry-run')
  expect(dry).toMatchObject({ code: 1, converted: 2, unreadable: 1, other: 1, dryRun: true })
  expect(await admin.dbsize()).toBe(4)

  expect(await migrate('--from', 'connect-redis')).toMatchObject({
    code: 1,
    converted: 2,
    already: 0,
    unreadable: 1,
  })
  const { data, ttl } = await opened(ID)
  expect(data).toEqual(session(1))
  expect(ttl).toBeGreaterThan(300)
  expect(ttl).toBeLessThanOrEqual(500)
  expect(await admin.get(`sess:${ID}`)).toBe(JSON.stringify(session(1)))

  await admin.del('sess:broken-session-id')
  await admin.set(`sess:${ID}3`, JSON.stringify(session(3)), 'EX', 500)
  expect(await migrate('--from', 'connect-redis')).toMatchObject({ code: 0, converted: 1, already: 2 })
}, 60_000)

test('of session-file-store: a file for each', async () => {
  const path = join(folder, 'files')
  await mkdir(path)
  const expires = new Date(Date.now() + 3_600_000).toISOString()
  await writeFile(join(path, `${ID}.json`), JSON.stringify({ ...session(4), cookie: { expires } }))
  await writeFile(
    join(path, `${ID}old.json`),
    JSON.stringify({ cookie: { expires: '2020-01-01T00:00:00Z' } }),
  )
  expect(await migrate('--from', 'express-session-file', '--path', path)).toMatchObject({
    code: 0,
    converted: 1,
    expired: 1,
  })
  const { data, ttl } = await opened(ID)
  expect(data).toMatchObject({ n: 4 })
  expect(ttl).toBeLessThanOrEqual(3600)
})

test('of a dump of the MemoryStore', async () => {
  const path = join(folder, 'dump.json')
  await writeFile(
    path,
    JSON.stringify({ [ID]: JSON.stringify(session(5)), 'bad id': JSON.stringify(session(6)) }),
  )
  expect(await migrate('--from', 'memory-dump', '--path', path)).toMatchObject({
    code: 0,
    converted: 1,
    malformed: 1,
  })
  expect((await opened(ID)).data).toEqual(session(5))
})

test('with the option php it is refused in words, and writes nothing', async () => {
  await admin.set(`sess:${ID}`, JSON.stringify(session(1)), 'EX', 500)
  const env = { REDIS_URL: redis.url, LATCHKEY_PHP: '{}' }
  const { code, out, err } = await latchkey(['migrate', '--from', 'connect-redis'], env)
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain('with the option php the sessions of another store cannot be used')
  expect(await admin.dbsize()).toBe(1)
})
