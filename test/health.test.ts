// What a health check is answered, with Redis there, away, hanging and refusing.
import { afterAll, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { createSessions, type Sessions, type Store } from '../src/index.ts'
import { startRedis } from './support/redis-server.ts'
import { eventsNamed, eventually, watchedSessions } from './support/sessions.ts'

const server = await startRedis()
const opened: Sessions[] = []
afterAll(async () => {
  await Promise.all(opened.map(sessions => sessions.close({ grace: 0 })))
  await server.stop()
})

async function watched(redis = {}) {
  const made = await watchedSessions({ redis: { url: server.url, ...redis } })
  opened.push(made.sessions)
  return made
}

test('all is well: the store answers in so many ms, and so many requests hold locks and wait here', async () => {
  const { sessions } = await watched()
  const session = await sessions.open()
  session.data.n = 1
  await session.commit()
  const holder = await sessions.open(session.id)
  const waiting = sessions.open(session.id)
  await eventually(() => sessions.counts.waiting === 1)
  const health = await sessions.health()
  expect(health).toEqual({
    ok: true,
    store: { kind: 'redis', reachable: true, latency: expect.any(Number), error: undefined },
    holding: 1,
    waiting: 1,
    outage: undefined,
  })
  expect(health.store.latency).toBeGreaterThan(0)
  await holder.release()
  const waiter = await waiting
  await waiter.release()
})

test('an outage says since when it lasts and how many requests were refused, until it is over', async () => {
  const own = await startRedis()
  const { sessions, events } = await watchedSessions({ redis: { url: own.url, commandTimeout: 0.4 } })
  try {
    const before = Date.now()
    const session = await sessions.open()
    session.data.n = 1
    await session.commit()
    const open = await sessions.open(session.id)
    own.kill('SIGKILL')
    await eventually(() => eventsNamed(events, 'store-down').length === 1)
    open.data.n = 2
    const refused = await Promise.allSettled([
      open.commit(),
      sessions.open(session.id),
      sessions.open(session.id),
    ])
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    // Its second failure is of the same request.
    await expect(open.destroy()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    const health = await sessions.health()
    expect(health).toMatchObject({
      ok: false,
      store: { reachable: false, latency: undefined, error: 'STORE_UNAVAILABLE' },
      outage: { refused: 3 },
    })
    expect(health.outage?.since.getTime()).toBeGreaterThanOrEqual(before)
    // It names no server: anybody may ask a health check.
    expect(JSON.stringify(health)).not.toMatch(/redis\.sock|ECONN|ENOENT/)
    await own.restart()
    await eventually(() => eventsNamed(events, 'store-up').length === 1)
    expect(await sessions.health()).toMatchObject({ ok: true, outage: undefined })
    expect(eventsNamed(events, 'store-up')).toMatchObject([{ refused: 3, lasted: expect.any(Number) }])
  } finally {
    await sessions.close({ grace: 0 })
    await own.stop()
  }
})

test('a Redis that refuses is reachable, and not well', async () => {
  const own = await startRedis()
  const { sessions } = await watchedSessions({ redis: { url: own.url } })
  try {
    const client = new Redis({ path: own.path })
    await client.call('ACL', 'SETUSER', 'default', '-hget')
    client.disconnect()
    expect(await sessions.health()).toMatchObject({
      ok: false,
      store: { reachable: true, latency: expect.any(Number), error: 'STORE_REFUSED' },
    })
  } finally {
    await sessions.close({ grace: 0 })
    await own.stop()
  }
})

test('a store that never answers is not reachable after the timeout, and one that throws neither', async () => {
  const silent = (ping: () => Promise<void>) => {
    const sessions = createSessions(
      { logLevel: 'silent' },
      { store: { kind: 'memory', ping, close: async () => {} } as unknown as Store },
    )
    opened.push(sessions)
    return sessions
  }
  for (const ping of [
    () => new Promise<void>(() => {}),
    () => {
      throw new TypeError('a bug of the store')
    },
  ])
    expect(await silent(ping).health({ timeout: 0.02 })).toMatchObject({
      ok: false,
      store: { reachable: false, error: 'STORE_UNAVAILABLE' },
    })
})

test('after close it is not well, and still answers', async () => {
  const { sessions } = await watched()
  await sessions.close()
  expect(await sessions.health()).toMatchObject({ ok: false, holding: 0, waiting: 0 })
})
