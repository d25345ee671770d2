// The one line of docs/operations.md is enough, which single.test.ts shows; here each of its words is taken away.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { TRANSITIONS, transitionText } from '../../src/redis/scripts.ts'
import { leastRights } from '../support/documented.ts'
import { type RedisServer, startRedis } from '../support/redis-server.ts'
import { eventsNamed, eventually, type Watched, watchedSessions } from '../support/sessions.ts'

let server: RedisServer
let admin: Redis
let watched: Watched | undefined

beforeAll(async () => {
  server = await startRedis()
  admin = new Redis({ path: server.path })
})
afterAll(async () => {
  admin.disconnect()
  await server.stop()
})

async function sessionsWithout(right: string): Promise<Watched> {
  await watched?.sessions.close({ grace: 0 })
  await admin.call('ACL', 'DELUSER', 'shop')
  await admin.call('ACL', 'SETUSER', 'shop', ...leastRights().filter(word => word !== right))
  watched = await watchedSessions({ redis: { path: server.path, username: 'shop', password: 'secret' } })
  return watched
}
afterAll(() => watched?.sessions.close({ grace: 0 }))

/** Noticed later than at the first ping, or by nobody but ioredis. */
const NOT_AT_ONCE = [
  '+evalsha', '+scan', '+zrangebyscore', '+subscribe', '+unsubscribe', '+info', '+hello', '+auth', '+select',
  '+client|setname',
] // biome-ignore format: one glance

test.each(leastRights().filter(word => /^[+~&]/.test(word) && !NOT_AT_ONCE.includes(word)))(
  'without %s the first ping is refused, and the error names it',
  async right => {
    const { sessions } = await sessionsWithout(right)
    await expect(sessions.ping()).rejects.toMatchObject({
      code: 'STORE_REFUSED',
      status: 503,
      cause: { message: expect.stringContaining(named(right)) },
    })
    await admin.call('ACL', 'SETUSER', 'shop', right)
    await sessions.ping()
  },
)

function named(right: string): string {
  if (right.startsWith('~{')) return 'the key {sess_'
  if (right.startsWith('~')) return 'the key sess_'
  return right.startsWith('&') ? 'the channel sess_wake:' : right
}

test('without +ping and others the first ping names them all', async () => {
  const { sessions } = await sessionsWithout('+ping')
  await admin.call('ACL', 'SETUSER', 'shop', '-hget', '-time')
  await expect(sessions.ping()).rejects.toMatchObject({
    code: 'STORE_REFUSED',
    cause: { message: expect.stringContaining('the Redis user lacks +ping, +hget, +time') },
  })
})

test.each(['+hmget', '+hset', '+pexpire'])(
  'without %s a session is not stored, and the error names it',
  async right => {
    const { sessions } = await sessionsWithout(right)
    const session = await sessions.open()
    session.data.n = 1
    await expect(session.commit()).rejects.toMatchObject({
      code: 'STORE_REFUSED',
      cause: { message: expect.stringContaining(right) },
    })
  },
)

test.each(['+evalsha', '+scan'])(
  'without %s what needs it is refused, and the error names it',
  async right => {
    const { sessions } = await sessionsWithout(right)
    const acts = {
      '+scan': () => sessions.names()[Symbol.asyncIterator]().next(),
      '+evalsha': async () => {
        for (let i = 0; i < 2; i++) await sessions.destroy('an-id-that-nobody-knows')
      },
    }
    await expect(acts[right as keyof typeof acts]()).rejects.toMatchObject({
      code: 'STORE_REFUSED',
      cause: { message: expect.stringContaining(`'${right.slice(1)}'`) },
    })
  },
)

test('without +subscribe waiting goes on by asking, and an event names what is missing', async () => {
  const { sessions, events } = await sessionsWithout('+subscribe')
  const session = await sessions.open()
  session.data.n = 1
  await session.commit()
  const held = await sessions.open(session.id)
  const waiting = sessions.open(session.id)
  await eventually(() => eventsNamed(events, 'wakes-unheard').length === 1)
  expect(eventsNamed(events, 'wakes-unheard')[0]?.why).toContain("'subscribe'")
  await held.commit()
  await (await waiting).release()
})

test('the first ping proves every command that a script uses', async () => {
  const used = new Set(
    TRANSITIONS.flatMap(name => [...transitionText(name).matchAll(/(?:redis\.p?call|insist)\('(\w+)'/g)]).map(
      ([, command = '']) => command.toLowerCase(),
    ),
  )
  const proven = new Set<string>()
  // `monitor` duplicates it once more.
  const source = admin.duplicate({ protocol: 2 } as never)
  const monitor = await source.monitor()
  monitor.on('monitor', (_time: string, [command = '']: string[], source: string) => {
    if (source !== 'lua') proven.add(command.toLowerCase())
  })
  const { sessions } = await sessionsWithout('')
  await sessions.ping()
  await admin.echo('over')
  await eventually(() => proven.has('echo'))
  monitor.disconnect()
  source.disconnect()
  expect([...used].filter(command => !proven.has(command))).toEqual([])
})
