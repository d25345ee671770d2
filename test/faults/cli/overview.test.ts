// How commands go through all sessions: many at a time, for each of which Redis has little to do.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { atDesk } from '../../../src/cli/desk.ts'
import { allGlances } from '../../../src/cli/glances.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { storedIn, type Watched, watchedSessions } from '../../support/sessions.ts'

const SESSIONS = 1000
/** Copies of the session at KEYS[1], under names that can be those of sessions. */
const COPY = `for n = 2, tonumber(ARGV[1]) do redis.call('COPY', KEYS[1], 'sess_' .. redis.sha1hex(n) .. 'abc') end`

let redis: RedisServer
let admin: Redis
let shop: Watched

beforeAll(async () => {
  redis = await startRedis()
  admin = new Redis({ path: redis.path })
  shop = await watchedSessions({ redis: { path: redis.path } })
  await storedIn(shop.sessions, { cart: 'shoes' })
  const [key = ''] = await admin.keys('sess_*')
  await admin.eval(COPY, 1, key, SESSIONS)
})

afterAll(async () => {
  await shop?.sessions.close({ grace: 0 })
  admin?.disconnect()
  await redis?.stop()
})

async function readsOfRedis(): Promise<number> {
  return Number(/total_reads_processed:(\d+)/.exec(await admin.info('stats'))?.[1])
}

test('the commands of a batch go out together: Redis reads some dozen times for a thousand sessions', async () => {
  const before = await readsOfRedis()
  let found = 0
  await atDesk({ config: undefined, redis: redis.url, json: true }, async desk => {
    for await (const glances of allGlances(desk)) found += glances.length
  })
  expect(found).toBe(SESSIONS)
  expect((await readsOfRedis()) - before).toBeLessThan(SESSIONS / 5)
})
