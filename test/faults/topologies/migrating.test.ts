// A slot on its way from one master to another: everything of a session is one key, so that each request is served.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { Stage } from '../../../src/contract/stage.ts'
import type { Session } from '../../../src/index.ts'
import { recordName } from '../../../src/session-id.ts'
import { redisWorld } from '../../contract/redis-world.ts'
import { type ClusterNode, type RedisCluster, startCluster } from '../../support/cluster.ts'
import { eventually, storedIn, type Watched, watchedSessions } from '../../support/sessions.ts'

let cluster: RedisCluster
let a: Watched
let b: Watched
let id: string
let key: string
let slot: string
let from: ClusterNode
let to: ClusterNode

beforeAll(async () => {
  cluster = await startCluster('secret')
  a = await watchedSessions({ redis: cluster.redis })
  b = await watchedSessions({ redis: cluster.redis })
  await eventually(() => a.sessions.ping().then(() => true, () => false)) // biome-ignore format: one step
  id = await storedIn(a.sessions)
  key = `sess_${recordName(id, 'hashed')}`
  from = await cluster.masterOf(key)
  to = (await cluster.masters()).find(one => one !== from) as ClusterNode
  slot = String(await from.admin.cluster('KEYSLOT', key))
}, 60_000)
afterEach(async () => {
  await from.admin.call('CLUSTER', 'SETSLOT', slot, 'STABLE')
  // Where it was not moving, `to` says that it has moved: it was never there.
  await to.admin
    .call('MIGRATE', '127.0.0.1', String(from.port), key, '0', '1000', 'AUTH', 'secret')
    .catch((error: Error) => expect(error.message).toContain('MOVED'))
  await to.admin.call('CLUSTER', 'SETSLOT', slot, 'STABLE')
})
afterAll(async () => {
  await a?.sessions.close({ grace: 0 })
  await b?.sessions.close({ grace: 0 })
  await cluster?.stop()
})

async function moving(): Promise<void> {
  await to.admin.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id)
  await from.admin.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id)
}
const moved = () =>
  from.admin.call('MIGRATE', '127.0.0.1', String(to.port), key, '0', '1000', 'AUTH', 'secret')

async function increment(session: Session): Promise<void> {
  session.data.n = Number(session.data.n) + 1
  expect(await session.commit()).toEqual({ written: true, writes: expect.any(Number) })
}
const counted = async () => (await a.sessions.open(id, { access: 'readonly' })).data.n

async function listed(): Promise<string[]> {
  const names: string[] = []
  for await (const name of a.sessions.names()) names.push(name)
  return names
}

describe.each([
  ['before its key has moved', async () => {}],
  ['after its key has moved', moved],
] as const)('while the slot moves, %s', (_, move) => {
  test('a request is served, and so is one that waits for it', async () => {
    const before = Number(await counted())
    await moving()
    await move()
    const first = await a.sessions.open(id)
    const [same, other] = [a.sessions.open(id), b.sessions.open(id)]
    await eventually(async () => (await a.sessions.inspect(id))?.waiters === 2)
    await increment(first)
    await Promise.all([same.then(increment), other.then(increment)])
    expect(await counted()).toBe(before + 3)
    const optimistic = await a.sessions.open(id, { access: 'optimistic' })
    await increment(optimistic)
    const reader = await b.sessions.open(id, { access: 'readonly' })
    expect(await reader.upgrade()).toBe(true)
    await reader.release()
    expect(await counted()).toBe(before + 4)
  })

  test('it is listed, and so are the others', async () => {
    const other = await storedIn(b.sessions)
    await moving()
    await move()
    expect(new Set(await listed())).toEqual(new Set([id, other].map(one => recordName(one, 'hashed'))))
    await a.sessions.destroy(other)
  })
})

test('a key that moves while requests hold it and wait for it takes the queue along', async () => {
  const before = Number(await counted())
  const first = await a.sessions.open(id)
  const waiters = [a.sessions.open(id), b.sessions.open(id), a.sessions.open(id), b.sessions.open(id)]
  await eventually(async () => (await a.sessions.inspect(id))?.waiters === 4)
  await moving()
  await moved()
  expect((await a.sessions.inspect(id))?.waiters).toBe(4)
  await increment(first)
  await Promise.all(waiters.map(waiter => waiter.then(increment)))
  expect(await counted()).toBe(before + 5)
})

test('a session that is destroyed and one that is created meanwhile are served too', async () => {
  await moving()
  await moved()
  const session = await a.sessions.open(id)
  await session.destroy()
  expect((await b.sessions.open(id)).isNew).toBe(true)
  expect(await session.commit()).toMatchObject({ reason: 'destroyed' })
})

test('a waiter that can be heard of at another master only is not told of a lock that it does not get', async () => {
  const url = `redis://:secret@127.0.0.1:${from.port}`
  const prefix = `{${key}}`
  const world = redisWorld(() => new Redis(url, { lazyConnect: true }), { prefix })
  const stage = new Stage(world)
  const holder = await stage.held('a')
  const deaf = stage.process(2).caller()
  const next = stage.process(1).caller()
  await deaf.acquire('a')
  await next.acquire('a')
  const elsewhere = new Redis(`redis://:secret@127.0.0.1:${to.port}`)
  const told: string[] = []
  elsewhere.on('message', (_channel: string, message: string) => told.push(message))
  await elsewhere.subscribe(`${prefix}wake:${/[^|]*(?=\.\w+$)/.exec(deaf.token)?.[0]}`, 'the end')
  expect((await holder.release('a')).next?.token).toBe(next.token)
  // It comes after all that was published before it.
  await from.admin.publish('the end', 'the end')
  await eventually(() => told.includes('the end'))
  expect(told).toEqual(['the end'])
  elsewhere.disconnect()
  await stage.destroyed('a')
  await world.close()
})
