// A thousand requests of one process that wait: what they cost the process, and that each is served.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { type RedisServer, startRedis } from '../support/redis-server.ts'
import { eventually, type Watched, watchedSessions } from '../support/sessions.ts'

const SESSIONS = 10
const WAITERS = 100

let redis: RedisServer
let direct: Redis
let here: Watched
let other: Watched
beforeAll(async () => {
  redis = await startRedis()
  direct = new Redis({ path: redis.path })
  const options = { redis: { url: redis.url, commandTimeout: 5 } }
  here = await watchedSessions(options)
  other = await watchedSessions(options)
})
afterAll(async () => {
  await here?.sessions.close({ grace: 0 })
  await other?.sessions.close({ grace: 0 })
  direct?.disconnect()
  await redis?.stop()
})

const timers = () => process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length
const connections = async () => Number((await direct.info('clients')).match(/connected_clients:(\d+)/)?.[1])

test('a thousand waiting requests cost no connection and no timer each, and lose nothing', async () => {
  const holders = await Promise.all(
    Array.from({ length: SESSIONS }, async () => {
      const fresh = await other.sessions.open()
      fresh.data.n = 0
      await fresh.commit()
      return other.sessions.open(fresh.id)
    }),
  )
  // One that waits, so that what a first waiter needs is there.
  const first = here.sessions.open(holders[0]?.id)
  await eventually(() => here.sessions.counts.waiting === 1)
  const before = { timers: timers(), connections: await connections() }

  const add = async (id: string) => {
    const session = await here.sessions.open(id)
    session.data.n = Number(session.data.n) + 1
    expect(await session.commit()).toMatchObject({ written: true })
  }
  const waiting = holders.flatMap(({ id }, at) =>
    Array.from({ length: at === 0 ? WAITERS - 1 : WAITERS }, () => add(id)),
  )
  await eventually(() => here.sessions.counts.waiting === SESSIONS * WAITERS)
  await eventually(async () => {
    const waiters = await Promise.all(
      holders.map(async ({ id }) => (await here.sessions.inspect(id))?.waiters),
    )
    return waiters.every(count => count === WAITERS)
  })
  expect(await connections()).toBe(before.connections)
  // One of the holders' leases. Each question has one too until it is answered, and all may ask in the same moment.
  await eventually(() => timers() - before.timers <= 5)

  for (const holder of holders) await holder.release()
  await (await first).release()
  await Promise.all(waiting)
  const counted = await Promise.all(holders.map(async ({ id }) => (await here.sessions.open(id)).data.n))
  expect(counted).toEqual([WAITERS - 1, ...Array(SESSIONS - 1).fill(WAITERS)])
}, 60_000)
