// What a process keeps at the sentinels, and where it listens when the master changes.
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { Redis } from 'ioredis'
import type { Session } from '../../../src/session.ts'
import { type FakeSentinel, startFakeSentinel } from '../../support/fake-sentinel.ts'
import { freePorts } from '../../support/ports.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { eventually, storedIn, type Watched, watchedSessions } from '../../support/sessions.ts'

interface Server {
  server: RedisServer
  port: number
  admin: Redis
}

const servers: Server[] = []
let old: Server
let other: Server
let sentinel: FakeSentinel
let watched: Watched
let held: Session | undefined

beforeAll(async () => {
  for (const port of await freePorts(2)) {
    const server = await startRedis('--port', String(port), '--bind', '127.0.0.1')
    servers.push({ server, port, admin: new Redis({ path: server.path }) })
  }
  ;[old, other] = servers as [Server, Server]
})
beforeEach(async () => {
  sentinel = await startFakeSentinel('shop', old.port)
  const nodes = [{ host: '127.0.0.1', port: sentinel.port }]
  watched = await watchedSessions({ redis: { sentinel: { name: 'shop', nodes } } })
})
afterEach(async () => {
  held = undefined
  await watched?.sessions.close({ grace: 0 })
  await sentinel?.stop()
})
afterAll(async () => {
  for (const { admin, server } of servers) {
    admin.disconnect()
    await server.stop()
  }
})

const hears = async ({ admin }: Server) => (await admin.pubsub('CHANNELS', 'sess_wake:*')).length === 1
const clientsOf = async ({ admin }: Server, name: string) =>
  [...String(await admin.client('LIST')).matchAll(/id=(\d+) .*? name=(\S*) /g)].filter(c => c[2] === name)

/** Ends the connections of that name, as a network does. */
async function cut(server: Server, name: string): Promise<void> {
  for (const [, id = ''] of await clientsOf(server, name)) await server.admin.client('KILL', 'ID', id)
}

/** A process that listens at the first master. */
async function listening(): Promise<void> {
  held = await watched.sessions.open(await storedIn(watched.sessions))
  void held.signal
  await eventually(() => hears(old))
}

test('a listener that connects anew leaves nothing at the sentinels', async () => {
  await listening()
  await eventually(() => sentinel.listeners > 0)
  for (let i = 0; i < 3; i += 1) {
    const [before] = await clientsOf(old, 'latchkey-wakes')
    await cut(old, 'latchkey-wakes')
    await eventually(async () => {
      const [now] = await clientsOf(old, 'latchkey-wakes')
      return now !== undefined && now[1] !== before?.[1] && (await hears(old))
    })
  }
  await watched.sessions.close({ grace: 0 })
  await eventually(() => sentinel.connections === 0)
})

test('what is closed between two tries to connect leaves nothing at the sentinels', async () => {
  await listening()
  await eventually(() => sentinel.listeners > 0)
  const [closedPort = 0] = await freePorts(1)
  sentinel.master = closedPort
  await Promise.all([cut(old, 'latchkey-wakes'), cut(old, 'latchkey')])
  await watched.sessions.close({ grace: 0 })
  await eventually(() => sentinel.connections === 0)
})

test('a listener goes where the commands go, though its own server goes on answering', async () => {
  await listening()
  sentinel.master = other.port
  await cut(old, 'latchkey')
  await watched.sessions.ping()
  await eventually(() => hears(other))
})

test('a listener of a client that waits for ever asks the next sentinel when one does not answer', async () => {
  const second = await startFakeSentinel('shop', old.port)
  const sentinels = [sentinel, second].map(({ port }) => ({ host: '127.0.0.1', port }))
  const client = new Redis({ sentinels, name: 'shop' })
  const given = await watchedSessions({}, { client })
  try {
    const session = await given.sessions.open(await storedIn(given.sessions))
    sentinel.silent = true
    void session.signal
    await eventually(() => hears(old))
    await session.release()
  } finally {
    await given.sessions.close({ grace: 0 })
    await second.stop()
  }
})

test('a sentinel that once did not answer in time is heard again, and nothing is written to the console', async () => {
  const written = jest.spyOn(console, 'error').mockImplementation(() => {})
  sentinel.named = () => {
    sentinel.silent = true
  }
  await watched.sessions.ping()
  await sentinel.givenUp()
  sentinel.named = () => {}
  sentinel.silent = false
  await eventually(() => sentinel.listeners > 0)
  sentinel.master = other.port
  sentinel.announce(old.port)
  await eventually(async () => (await clientsOf(other, 'latchkey')).length === 1)
  expect(written).not.toHaveBeenCalled()
  written.mockRestore()
})

test('a sentinel that still names the former master keeps nobody there once another has announced the new one', async () => {
  const second = await startFakeSentinel('shop', old.port)
  const nodes = [sentinel, second].map(({ port }) => ({ host: '127.0.0.1', port }))
  const two = await watchedSessions({ redis: { sentinel: { name: 'shop', nodes } } })
  try {
    await two.sessions.ping()
    await eventually(() => sentinel.listeners === 1 && second.listeners === 1)
    sentinel.master = other.port
    sentinel.announce(old.port)
    await eventually(async () => (await clientsOf(other, 'latchkey')).length === 1)
  } finally {
    await two.sessions.close({ grace: 0 })
    await second.stop()
  }
})

test('a former master that answers nothing is left at once', async () => {
  await watched.sessions.ping()
  await eventually(() => sentinel.listeners === 1)
  old.server.kill('SIGSTOP')
  try {
    sentinel.master = other.port
    sentinel.announce(old.port)
    await watched.sessions.ping()
  } finally {
    old.server.kill('SIGCONT')
  }
})
