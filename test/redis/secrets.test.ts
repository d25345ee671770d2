// Nothing that our errors and events lead to holds a password, an id or data, whatever goes wrong.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { withoutSecrets } from '../../src/errors.ts'
import { type RedisServer, startRedis } from '../support/redis-server.ts'
import { refused, type Watched, watchedSessions } from '../support/sessions.ts'

const ID = 'id-that-nobody-may-see-in-errors'
const SECRETS = ['pw-hidden', 'TAIL', ID, 'card-4111']

let server: RedisServer
let admin: Redis
beforeAll(async () => {
  server = await startRedis()
  admin = new Redis({ path: server.path })
})
afterAll(async () => {
  admin.disconnect()
  await server.stop()
})

/** Every text that can be reached from `root`, by any property. */
function reachable(root: unknown, seen = new Set<object>()): string[] {
  if (typeof root === 'string') return [root]
  if (Buffer.isBuffer(root)) return [root.toString('latin1')]
  if (typeof root !== 'object' || root === null || seen.has(root)) return []
  seen.add(root)
  return Reflect.ownKeys(root).flatMap(key => [
    String(key),
    ...reachable((root as Record<PropertyKey, unknown>)[key], seen),
  ])
}

function expectClean(...roots: unknown[]): void {
  const texts = reachable(roots).join('\n')
  expect(SECRETS.filter(secret => texts.includes(secret))).toEqual([])
}

async function clean({ sessions, events, lines }: Watched): Promise<void> {
  const failures = await Promise.allSettled([
    sessions.open(ID),
    sessions.ping(),
    sessions.destroy(ID),
    Object.assign(sessions.create(ID), { data: { card: 'card-4111' } }).commit(),
  ])
  const errors = failures.flatMap(one => (one.status === 'rejected' ? [one.reason] : []))
  expect(errors.length).toBeGreaterThan(0)
  expectClean(errors, events, lines)
  await sessions.close({ grace: 0 })
}

test('a wrong password', async () => {
  const redis = { path: server.path, username: 'nobody', password: 'pw-hidden', commandTimeout: 0.3 }
  const watched = await watchedSessions({ redis, naming: 'plain' })
  await refused(watched)
  await clean(watched)
})

test('a user without rights', async () => {
  await admin.call('ACL', 'SETUSER', 'poor', 'on', '>pw-hidden', '~sess_*', '+@connection')
  const redis = { path: server.path, username: 'poor', password: 'pw-hidden' }
  await clean(await watchedSessions({ redis, naming: 'plain' }))
})

test('a key that holds another type', async () => {
  await admin.set(`sess_${ID}`, 'card-4111')
  await clean(await watchedSessions({ redis: { path: server.path }, naming: 'plain' }))
  await admin.del(`sess_${ID}`)
})

test('a server that stands still', async () => {
  const frozen = await startRedis('--requirepass', 'pw-hidden')
  const redis = { path: frozen.path, password: 'pw-hidden', commandTimeout: 0.2 }
  const watched = await watchedSessions({ redis, naming: 'plain' })
  await watched.sessions.ping()
  frozen.kill('SIGSTOP')
  await clean(watched)
  await frozen.stop()
})

test('a URL whose password has an "@", and nobody there', async () => {
  const url = 'redis://user:pw-hidden@TAIL@127.0.0.1:1'
  const watched = await watchedSessions({ redis: { url, commandTimeout: 0.2 }, naming: 'plain' })
  await expect(watched.sessions.ping()).rejects.toMatchObject({
    message: 'The session store is not available; try again shortly.',
    cause: { message: expect.stringContaining('Redis at redis://127.0.0.1:1') },
  })
  await clean(watched)
})

test('errors inside errors, as clusters and sentinels make them', () => {
  const reply = () =>
    Object.assign(new Error("ERR unknown command 'HELLO', with args beginning with: 'AUTH' 'pw-hidden'"), {
      code: 'ERR',
      command: { name: 'hello', args: ['3', 'AUTH', 'default', 'pw-hidden'] },
    })
  const all = [
    new AggregateError([reply()], 'all failed'),
    Object.assign(new Error('refresh'), { lastNodeError: reply() }),
    Object.assign(new Error('EXECABORT'), { previousErrors: [reply()] }),
    new Error('outer', { cause: reply() }),
  ]
  for (const error of all) {
    const copy = withoutSecrets(error)
    expect(copy).toMatchObject({
      message: error.message,
      cause: { code: 'ERR', message: expect.any(String) },
    })
    expectClean(copy)
  }
})
