// A thousand requests of one process that wait: what they cost the process, and that each is served.
import { beforeAll, expect, test } from '@jest/globals'
import { ownRedis } from '../../support/own-redis.ts'
import { eventually, storedIn, type Watched } from '../../support/sessions.ts'

const SESSIONS = 10
const WAITERS = 100

const redis = ownRedis()
let here: Watched
let other: Watched
beforeAll(async () => {
  const options = { redis: { url: redis.url, commandTimeout: 5 } }
  here = await redis.watched(options)
  other = await redis.watched(options)
})

const timers = () => process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length
const connections = async () =>
  Number((await redis.client.info('clients')).match(/connected_clients:(\d+)/)?.[1])

test('a thousand waiting requests cost no connection and no timer each, and lose nothing', async () => {
  const holders = await Promise.all(
    Array.from({ length: SESSIONS }, async () => other.sessions.open(await storedIn(other.sessions))),
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
