// all, ids, length and clear see every session under the prefix and nothing else.
import { afterEach, expect, test } from '@jest/globals'
import { build, called, closeAll } from '../../express-session/support.ts'
import { ownRedis } from '../../support/own-redis.ts'
import { eventually } from '../../support/sessions.ts'

const SESSIONS = 1200
const BATCH = 50
const redis = ownRedis()

afterEach(async () => {
  await closeAll()
  await redis.client.flushall()
})

const idOf = (i: number) => `session-number-${String(i).padStart(5, '0')}`

test.each(['hashed', 'plain'] as const)('with %s names they list and clear 1,200 sessions', async naming => {
  const app = await build({ on: redis, routes: {}, options: { naming, prefix: 'shop_' } })
  const other = await build({ on: redis, routes: {}, options: { naming, prefix: 'blog_' } })
  const cookie = { originalMaxAge: null }
  // A command is answered in time or not at all, and a slow machine may not have time for all of them at once.
  for (let from = 0; from < SESSIONS; from += BATCH) {
    await Promise.all(
      Array.from({ length: BATCH }, (_, i) =>
        called(done => app.store.set(idOf(from + i), { cookie, n: from + i } as never, done)),
      ),
    )
  }
  await called(done => other.store.set(idOf(1), { cookie, n: -1 } as never, done))
  // Beside the sessions: a queue, a key that is no record, and one of another program.
  const holder = await app.sessions.open(idOf(7))
  const waiting = app.sessions.open(idOf(7)).catch(() => undefined)
  await eventually(async () => (await app.sessions.inspect(idOf(7)))?.waiters === 1)
  await redis.client.set('shop_settings', 'foreign')
  await redis.client.set('shop_foreign-but-looks-like-an-id-of-this-length-', 'foreign')
  await redis.client.set('elsewhere', 'foreign')

  const all = await called<{ id: string; n: number }[]>(done => app.store.all(done as never))
  expect(all.map(({ n }) => n).sort((a, b) => a - b)).toEqual(Array.from({ length: SESSIONS }, (_, i) => i))
  const ids = await called<string[]>(done => app.store.ids(done))
  expect(ids.filter(id => id.includes('settings') || id.includes(':'))).toEqual([])
  for (const { id } of all) expect(ids).toContain(id)
  if (naming === 'plain') expect(ids).toContain(idOf(3))
  else expect(await called(done => app.store.length(done))).toBe(SESSIONS)

  await called(done => app.store.clear(done))
  expect((await waiting)?.isOver).toBe(true)
  await holder.release()
  expect(await called(done => app.store.all(done as never))).toEqual([])
  const strings = ['shop_foreign-but-looks-like-an-id-of-this-length-', 'shop_settings']
  expect(await redis.client.mget(strings)).toEqual(['foreign', 'foreign'])
  expect(await called(done => other.store.length(done))).toBe(1)
  expect(await redis.client.get('elsewhere')).toBe('foreign')
  expect(app.sessions.counts).toEqual({ holding: 0, waiting: 0 })
})

test('in memory they list and clear', async () => {
  const app = await build({ on: 'memory', routes: {} })
  const { id } = await app.visitor()
  await app.visitor()
  expect(await called(done => app.store.length(done))).toBe(2)
  expect(await called(done => app.store.all(done as never))).toMatchObject([{ n: 1 }, { n: 1 }])
  await called(done => app.store.clear(done))
  expect(await called(done => app.store.ids(done))).toEqual([])
  expect(await app.sessions.inspect(id)).toBeUndefined()
})
