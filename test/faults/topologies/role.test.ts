// A single server that becomes somebody's replica, and subscriptions that break at the worst moment.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { type Gate, startGate } from '../../support/gate.ts'
import { freePorts } from '../../support/ports.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { endsWithin, eventually, type Watched, watchedSessions } from '../../support/sessions.ts'

let server: RedisServer
let gate: Gate
let admin: Redis
let watched: Watched

beforeEach(async () => {
  const [port = 0] = await freePorts(1)
  server = await startRedis('--port', String(port), '--bind', '127.0.0.1')
  gate = await startGate(port)
  admin = new Redis({ path: server.path })
  watched = await watchedSessions({ redis: { host: '127.0.0.1', port: gate.port } })
})
afterEach(async () => {
  await watched.sessions.close({ grace: 0 })
  admin.disconnect()
  await gate.stop()
  await server.stop()
})

async function stored(): Promise<string> {
  const session = await watched.sessions.open()
  session.data.n = 1
  await session.commit()
  return session.id
}

test('a server that may not write for a moment is waited for, on the connection as on a new one', async () => {
  const session = await watched.sessions.open(await stored())
  session.data.n = 2
  await admin.config('SET', 'replica-serve-stale-data', 'yes')
  await admin.replicaof('127.0.0.1', 1)
  const outcome = session.commit()
  await eventually(
    async () => Number(/errorstat_READONLY:count=(\d+)/.exec(await admin.info('errorstats'))?.[1]) > 0,
  )
  await admin.replicaof('NO', 'ONE')
  expect(await outcome).toEqual({ written: true, writes: 2 })
})

test('a server that stays read-only is a 503 within commandTimeout, which says so', async () => {
  const id = await stored()
  await admin.replicaof('127.0.0.1', 1)
  await expect(endsWithin(1500, watched.sessions.open(id))).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    status: 503,
    cause: expect.objectContaining({ message: expect.stringContaining('READONLY') }),
  })
  await admin.replicaof('NO', 'ONE')
  expect((await watched.sessions.open(id)).data).toEqual({ n: 1 })
})

test('a subscription that breaks while it is made anew is made again', async () => {
  const id = await stored()
  const held = await watched.sessions.open(id)
  const waiter = watched.sessions.open(id)
  const heard = () => admin.pubsub('CHANNELS', 'sess_wake:*') as Promise<string[]>
  await eventually(async () => (await heard()).length === 1)
  const [, own] = /id=(\d+) .*name=latchkey-wakes /.exec(String(await admin.client('LIST'))) ?? []
  const cut = gate.cutAfter('subscribe')
  await admin.client('KILL', 'ID', own ?? '')
  await cut
  await eventually(async () => (await heard()).length === 1)
  await held.commit()
  await (await waiter).release()
})
