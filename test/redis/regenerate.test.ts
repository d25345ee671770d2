// Promise 14: a login is final for what runs beside it, and nothing of the old session is gone before the new one is stored.
import { describe, expect, test } from '@jest/globals'
import type { OptionsInput, Sessions } from '../../src/index.ts'
import { eventsNamed } from '../support/sessions.ts'
import { ownHandlers, stored, waiting } from './support.ts'

const { redis, handler } = ownHandlers()

const CRAWLER = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'

/** Requests of one user agent, and how long the record has to live after each. */
function lives(sessions: Sessions, userAgent?: string) {
  return {
    ttl: async (id: string) => (await sessions.inspect(id))?.ttl ?? 0,
    async regenerated(before: (id: string) => Promise<void> = async () => {}): Promise<string> {
      const session = await sessions.open(null, { userAgent })
      session.data.n = 0
      await session.commit()
      await before(session.id)
      const login = await sessions.open(session.id, { userAgent })
      await login.regenerate()
      await login.commit()
      return login.id
    },
    async again(id: string): Promise<void> {
      const session = await sessions.open(id, { userAgent })
      session.data.n = Number(session.data.n) + 1
      await session.commit()
    },
  }
}

/** A login: the data stays, and a user comes to it. */
async function login(options: OptionsInput = {}) {
  const a = await handler(options)
  const id = await stored(a, { basket: ['shirt'] })
  const session = await a.sessions.open(id)
  await session.regenerate()
  session.data.user = 'alice'
  return { a, id, session }
}

describe('nothing of the old session is gone before the new one is stored', () => {
  test('until the commit it is as it was, and under its lock', async () => {
    const { a, id, session } = await login()
    const seen = await a.sessions.inspect(id)
    expect(seen).toMatchObject({ writes: 1, holder: { php: false } })
    expect((await a.sessions.open(id, { access: 'readonly' })).data).toEqual({ basket: ['shirt'] })
    expect(await session.commit()).toMatchObject({ written: true })
    expect(await a.sessions.inspect(id)).toBeUndefined()
    expect((await a.sessions.open(session.id, { access: 'readonly' })).data).toMatchObject({ user: 'alice' })
  })

  test('a session that is too large is refused, and the old one goes on', async () => {
    const { a, id, session } = await login({ maxSize: 1000, maxDecompressedSize: 2000 })
    session.data.note = 'x'.repeat(2000)
    expect(await session.commit()).toMatchObject({ written: false, reason: 'too-large' })
    const old = await a.sessions.open(id)
    expect(old).toMatchObject({ locked: true, data: { basket: ['shirt'] } })
    await old.release()
  })

  test('where Redis is out of memory, too', async () => {
    const { a, id, session } = await login()
    await redis.client.config('SET', 'maxmemory', '1')
    expect(await session.commit()).toMatchObject({ written: false, reason: 'out-of-memory' })
    const old = await a.sessions.open(id)
    expect(old).toMatchObject({ locked: true, data: { basket: ['shirt'] } })
    await old.release()
    await redis.client.config('SET', 'maxmemory', '0')
  })

  test('and where the request ends without a commit', async () => {
    const { a, id, session } = await login()
    await session.release()
    const old = await a.sessions.open(id)
    expect(old.locked).toBe(true)
    await old.release()
  })
})

describe('a login is final for what runs beside it', () => {
  test('a request that waited for the old session reads its data, and stores nothing', async () => {
    const { a, id, session } = await login()
    const beside = a.sessions.open(id)
    await waiting(a, id, 1)
    await session.commit()
    const late = await beside
    expect(late).toMatchObject({
      id,
      isNew: false,
      isOver: true,
      access: 'moved',
      data: { basket: ['shirt'] },
    })
    late.data.basket = []
    expect(await late.commit()).toEqual({ written: false, reason: 'moved' })
    expect(eventsNamed(a.events, 'commit-refused')).toMatchObject([{ reason: 'moved' }])
    expect((await a.sessions.open(session.id, { access: 'readonly' })).data).toEqual({
      basket: ['shirt'],
      user: 'alice',
    })
  })

  test('so does one that read it before, and one that comes a moment later; none ever reads the login', async () => {
    const { a, id, session } = await login()
    const optimistic = await a.sessions.open(id, { access: 'optimistic' })
    await session.commit()
    optimistic.data.basket = []
    expect(await optimistic.commit()).toMatchObject({ written: false, reason: 'moved' })
    for (const access of ['exclusive', 'readonly', 'optimistic'] as const) {
      const late = await a.sessions.open(id, { access })
      expect(late).toMatchObject({ isOver: true, data: { basket: ['shirt'] } })
      expect(late.data).not.toHaveProperty('user')
    }
  })

  test('what the new session no longer has is not read under the old id either: a logout takes it away', async () => {
    const a = await handler()
    const id = await stored(a, { user: 'alice', basket: ['shirt'] })
    const session = await a.sessions.open(id)
    await session.regenerate()
    delete session.data.user
    await session.commit()
    expect(await a.sessions.open(id)).toMatchObject({ isOver: true, data: {} })
  })

  test('a request under the old id can log in again, under an id of its own', async () => {
    const { a, id, session } = await login()
    await session.commit()
    const again = await a.sessions.open(id)
    await again.regenerate()
    again.data.user = 'bob'
    expect(await again.commit()).toMatchObject({ written: true })
    expect([id, session.id]).not.toContain(again.id)
  })
})

describe('the session goes on', () => {
  test('with its place on the ladder of lifetimes', async () => {
    const options = { firstLifetime: 100, lifetime: 10_000, minLifetime: 1 }
    const a = await handler(options)
    const id = await stored(a, { n: 0 })
    for (let n = 1; n < 4; n += 1) await a.sessions.update(id, data => void Object.assign(data, { n }))
    const session = await a.sessions.open(id)
    await session.regenerate()
    await session.commit()
    expect((await a.sessions.inspect(session.id))?.ttl).toBeGreaterThan(9000)
  })

  test('with its place on the ladder of lifetimes, in the requests that follow too', async () => {
    const a = await handler({ firstLifetime: 100, lifetime: 10_000, minLifetime: 1 })
    const { ttl, regenerated, again } = lives(a.sessions)
    const id = await regenerated()
    expect(await ttl(id)).toBeLessThanOrEqual(200)
    await again(id)
    expect(await ttl(id)).toBeGreaterThan(9000)
  })

  test("as a person's, even for the user agent of a crawler, in the requests that follow too", async () => {
    const a = await handler({ lifetime: 10_000, botLifetime: 500, botFirstLifetime: 50, minLifetime: 1 })
    const { ttl, regenerated, again } = lives(a.sessions, CRAWLER)
    const id = await regenerated(async before => {
      expect(await ttl(before)).toBeLessThanOrEqual(50)
    })
    expect(await ttl(id)).toBeGreaterThan(9000)
    await again(id)
    expect(await ttl(id)).toBeGreaterThan(9000)
  })

  test('with its absolute lifetime, which does not begin anew', async () => {
    const a = await handler({ absoluteLifetime: 100, lifetime: 10_000, firstLifetime: 0 })
    const id = await stored(a, { n: 0 })
    const key = (await a.sessions.inspect(id))?.key ?? ''
    // It began a minute ago.
    const state = (await redis.client.hget(key, 'state')) ?? ''
    const parts = state.split(' ')
    for (const at of [3, 4]) parts[at] = String(Number(parts[at]) - 60_000)
    await redis.client.hset(key, 'state', parts.join(' '))
    const session = await a.sessions.open(id)
    await session.regenerate()
    await session.commit()
    expect((await a.sessions.inspect(session.id))?.ttl).toBeLessThanOrEqual(40)
  })

  test('and ends at its absolute end though its TTL was raised by hand', async () => {
    const a = await handler({ absoluteLifetime: 100 })
    const id = await stored(a, { n: 0 })
    const key = (await a.sessions.inspect(id))?.key ?? ''
    const late = await a.sessions.open(id, { access: 'optimistic' })
    const parts = ((await redis.client.hget(key, 'state')) ?? '').split(' ')
    parts[3] = String(Number(parts[3]) - 101_000)
    await redis.client.hset(key, 'state', parts.join(' '))
    await redis.client.expire(key, 10_000)
    expect((await a.sessions.open(id)).isNew).toBe(true)
    expect((await a.sessions.open(id, { access: 'readonly' })).isNew).toBe(true)
    expect(await late.commit()).toMatchObject({ written: false, reason: 'destroyed' })
  })
})
