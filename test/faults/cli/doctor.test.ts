// `latchkey doctor` on a real server. test/cli has each of its findings.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import type { Finding, Level } from '../../../src/cli/doctor/finding.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { storedIn, watchedSessions } from '../../support/sessions.ts'
import { latchkey } from './support.ts'

let redis: RedisServer
let admin: Redis

beforeAll(async () => {
  redis = await startRedis()
  admin = new Redis({ path: redis.path })
  const { sessions } = await watchedSessions({ redis: { path: redis.path } })
  await storedIn(sessions)
  await sessions.close()
})

afterAll(async () => {
  admin?.disconnect()
  await redis?.stop()
})

async function findings(code: number): Promise<Record<Level, string>> {
  const ran = await latchkey(['doctor', '--json'], { REDIS_URL: redis.url })
  expect([ran.code, ran.err]).toEqual([code, ''])
  const { findings } = JSON.parse(ran.out) as { findings: Finding[] }
  const of = (level: Level) =>
    findings
      .filter(one => one.level === level)
      .map(({ found }) => found)
      .join('\n')
  return { loss: of('loss'), warning: of('warning'), note: of('note'), good: of('good') }
}

test('exits 1 where sessions will be lost, and says why', async () => {
  await admin.config('SET', 'maxmemory', '100mb')
  await admin.config('SET', 'maxmemory-policy', 'allkeys-lru')
  await admin.set('sess_of-connect-redis-here', '{"cookie":{}}')
  await admin.rpush('sess_a-queue', 'x')
  // The index of a user's sessions is ours.
  await admin.hset('sess_user:a-hash', 'epoch', '1')
  const { loss, warning } = await findings(1)
  expect(loss).toMatch(/maxmemory-policy is allkeys-lru/)
  expect(loss).toMatch(/Nothing is stored on disk/)
  expect(loss).toMatch(/1 session of connect-redis/)
  expect(warning).toMatch(/1 key under sess_ are? of other programs/)
  await admin.del('sess_of-connect-redis-here', 'sess_a-queue', 'sess_user:a-hash')
})

test('exits 0 where all is well, and changes nothing', async () => {
  await admin.config('SET', 'maxmemory', '100mb')
  await admin.config('SET', 'maxmemory-policy', 'noeviction')
  await admin.config('SET', 'appendonly', 'yes')
  const keys = await admin.dbsize()
  const { good } = await findings(0)
  expect(good).toMatch(/1 session under the prefix sess_/)
  expect(good).toMatch(/may do all that sessions need/)
  expect(await admin.dbsize()).toBe(keys)
})

test('tells of a user without rights', async () => {
  await admin.call('ACL', 'SETUSER', 'poor', 'on', '>secret', '~sess_*', '&*', '+@all', '-pexpire')
  const env = { LATCHKEY_REDIS_USERNAME: 'poor', LATCHKEY_REDIS_PASSWORD: 'secret', REDIS_URL: redis.url }
  const { code, out } = await latchkey(['doctor'], env)
  expect(code).toBe(1)
  expect(out).toMatch(/LOSES DATA {2}The Redis user lacks rights: .*\+pexpire/)
})
