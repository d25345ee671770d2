// `latchkey top` for scripts; in a terminal it draws the same picture again and again.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { shortHash } from '../../../src/session-id.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { storedIn, type Watched, watchedSessions } from '../../support/sessions.ts'
import { latchkey } from './support.ts'

let redis: RedisServer
let shop: Watched

beforeAll(async () => {
  redis = await startRedis()
  shop = await watchedSessions({ redis: { path: redis.path }, lease: 60 })
})

afterAll(async () => {
  await shop?.sessions.close({ grace: 0 })
  await redis?.stop()
})

test('names the holder and the waiters of a session that is held', async () => {
  const id = await storedIn(shop.sessions)
  await storedIn(shop.sessions)
  const held = await shop.sessions.open(id, { request: 'POST shop.example/checkout' })
  const waiting = shop.sessions.open(id, { request: 'GET shop.example/next' })
  while (((await shop.sessions.inspect(id))?.waiters ?? 0) < 1) await new Promise(setImmediate)
  const { code, out, err } = await latchkey(['top', '--once', '--json'], { REDIS_URL: redis.url })
  expect([code, err]).toEqual([0, ''])
  expect(JSON.parse(out)).toMatchObject({
    waiting: 1,
    seen: 1,
    broken: 0,
    commandsPerSecond: expect.any(Number),
    held: [{ session: shortHash(id), waiters: 1, holder: { request: 'POST shop.example/checkout' } }],
  })
  await held.release()
  await (await waiting).release()
})

test('--once counts no command of its own look at all keys', async () => {
  for (let n = 0; n < 300; n++) await storedIn(shop.sessions)
  const { out } = await latchkey(['top', '--once', '--json'], { REDIS_URL: redis.url })
  // Each of the 300 costs several.
  expect(JSON.parse(out).commandsPerSecond).toBeLessThan(100)
})

test('says what to do where there is no terminal', async () => {
  const { code, err } = await latchkey(['top'], { REDIS_URL: redis.url })
  expect([code, err]).toEqual([2, 'latchkey: top needs a terminal: add --once. See latchkey --help.\n'])
})
