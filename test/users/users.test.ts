// Who is logged in where: logins beside ends, limits beside each other, and an end whose process dies on its way.
import { createHmac } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import type { OptionsInput, Sessions } from '../../src/index.ts'
import type { LoginOptions } from '../../src/users/user-options.ts'
import { ownHandlers } from '../redis/support.ts'
import { eventsNamed, storedIn, type Watched } from '../support/sessions.ts'

const { redis, handler } = ownHandlers()
const SECRET = 'a secret for the hashes of users'
const HOUR = 3_600_000

const house = (options: OptionsInput = {}): Promise<Watched> =>
  handler({ users: { secret: SECRET }, ...options })

const hashOf = (user: string) => createHmac('sha256', SECRET).update(user).digest('base64url').slice(0, 22)

/** A visitor with a basket logs in. */
async function login(sessions: Sessions, user = 'alice', options: LoginOptions = {}): Promise<string> {
  const session = await sessions.open(await storedIn(sessions, { basket: ['shirt'] }))
  await session.login(user, options)
  session.data.user = user
  expect(await session.commit()).toMatchObject({ written: true })
  return session.id
}

async function dataOf(sessions: Sessions, id: string): Promise<object | undefined> {
  const session = await sessions.open(id, { access: 'readonly' })
  return session.isNew ? undefined : session.data
}

/** The index of this process stops at this step, until the test lets it go on. */
function stopAt(sessions: Sessions, step: 'epochs' | 'reserve') {
  const index = sessions.store.users
  // biome-ignore lint/suspicious/noExplicitAny: the steps differ in what they take
  const own = index[step].bind(index) as (...args: any[]) => Promise<any>
  let came = () => {}
  let goOn = () => {}
  const reached = new Promise<void>(resolve => { came = resolve }) // biome-ignore format: one step
  const opened = new Promise<void>(resolve => { goOn = resolve }) // biome-ignore format: one step
  Object.assign(index, {
    [step]: async (...args: unknown[]) => {
      came()
      await opened
      return own(...args)
    },
  })
  return { reached, goOn }
}

describe('a login', () => {
  test('goes on under a new id with its data, and the old id never shows it', async () => {
    const { sessions, events } = await house()
    const old = await storedIn(sessions, { basket: ['shirt'] })
    const session = await sessions.open(old)
    await session.login('alice', { device: 'Firefox\non Linux' })
    expect(await dataOf(sessions, old)).toEqual({ basket: ['shirt'] })
    session.data.user = 'alice'
    expect(await session.commit()).toMatchObject({ written: true })
    expect(session.id).not.toBe(old)
    expect(await dataOf(sessions, session.id)).toEqual({ basket: ['shirt'], user: 'alice' })
    expect(await dataOf(sessions, old)).not.toHaveProperty('user')
    expect(eventsNamed(events, 'login')).toMatchObject([{ user: hashOf('alice').slice(0, 10) }])
    expect(await sessions.of('alice', { current: session })).toEqual([
      {
        name: expect.any(String),
        device: 'Firefox on Linux',
        created: expect.any(Date),
        lastSeen: expect.any(Date),
        current: true,
      },
    ])
    expect(await sessions.of('bob')).toEqual([])
  })

  test("leaves the user's id nowhere in Redis, and its events have none", async () => {
    const { sessions, events, lines } = await house()
    const session = await sessions.open()
    await session.login('alice@shop.example')
    await session.commit()
    await sessions.endOf('alice@shop.example')
    const keys = await redis.client.keys('*')
    const dump = await Promise.all(keys.map(key => redis.client.hgetall(key)))
    expect(keys.length).toBeGreaterThan(1)
    for (const text of [keys, dump, events, lines]) expect(JSON.stringify(text)).not.toContain('alice@')
  })

  test('is stored without data too, begins its age anew, and leaves first lifetimes and those of bots behind', async () => {
    const { sessions } = await house({
      ...{ lifetime: 900, firstLifetime: 60, absoluteLifetime: 3 * 3600 },
      authenticated: { lifetime: 1800, absoluteLifetime: 24 * 3600 },
    })
    const session = await sessions.open(null, {
      userAgent: 'Googlebot/2.1 (+http://www.google.com/bot.html)',
    })
    await session.login('alice')
    await session.commit()
    const seen = await sessions.inspect(session.id)
    expect(Math.round((seen?.ttl ?? 0) / 60)).toBe(30)
    const [key = ''] = await redis.client.keys(`sess_user:${hashOf('alice')}`)
    const [entry = ''] = Object.values(await redis.client.hgetall(key)).filter(value => value.includes(' '))
    expect(Math.round((Number(entry.split(' ')[0]) - Number(seen?.created)) / HOUR)).toBe(24)
    const state = (await redis.client.hget(seen?.key ?? '', 'state')) ?? ''
    expect(Number(state.slice(30, 43)) - Number(state.slice(44, 57))).toBe(24 * HOUR)
    expect(await redis.client.pttl(key)).toBeGreaterThan(23 * HOUR)
  })

  test('without a secret says what to set, and changes nothing', async () => {
    const { sessions } = await handler()
    const id = await storedIn(sessions)
    const session = await sessions.open(id)
    await expect(session.login('alice')).rejects.toThrow(/^users\.secret: expected .*, got null/)
    expect(session.id).toBe(id)
    await session.release()
  })

  test('that is not committed leaves its session as it was, and no name in the list', async () => {
    const { sessions } = await house()
    const id = await storedIn(sessions, { basket: ['shirt'] })
    const session = await sessions.open(id)
    await session.login('alice')
    await session.release()
    expect(await dataOf(sessions, id)).toEqual({ basket: ['shirt'] })
    expect((await sessions.store.users.list(hashOf('alice'))).sessions).toEqual([])
  })

  test('a new id by regenerate stays the session of its user; a logout is the session of nobody', async () => {
    const { sessions } = await house()
    const id = await login(sessions, 'alice', { device: 'phone' })
    const session = await sessions.open(id)
    await session.regenerate()
    await session.commit()
    expect(await sessions.of('alice', { current: session })).toMatchObject([
      { device: 'phone', current: true },
    ])
    expect(await sessions.endOf('alice')).toBe(1)
    expect(await dataOf(sessions, session.id)).toBeUndefined()
    const next = await sessions.open(await login(sessions))
    await next.destroy()
    await next.regenerate()
    next.data.n = 1
    await next.commit()
    expect(await sessions.of('alice')).toEqual([])
    expect(await sessions.endOf('alice')).toBe(0)
    expect(await dataOf(sessions, next.id)).toEqual({ n: 1 })
  })

  test('a request whose session has no user makes no call for it', async () => {
    const { sessions } = await house()
    const id = await storedIn(sessions)
    Object.assign(sessions.store.users, { epochs: () => Promise.reject(new Error('called')) })
    for (const access of ['exclusive', 'readonly', 'optimistic'] as const) {
      const session = await sessions.open(id, { access })
      session.data.access = access
      if (access === 'readonly') await session.release()
      else expect(await session.commit()).toMatchObject({ written: true })
    }
  })
})

describe('endOf ends', () => {
  test('every session of the user but one, tells how many, and leaves those of others alone', async () => {
    const [one, other] = [await house(), await house()]
    const ids = [await login(one.sessions), await login(other.sessions), await login(one.sessions)]
    const bobs = await login(other.sessions, 'bob')
    const [kept = ''] = ids
    const current = await one.sessions.open(kept)
    expect(await one.sessions.endOf('alice', { except: current })).toBe(2)
    await current.release()
    for (const { sessions } of [one, other]) {
      expect(await Promise.all(ids.map(id => dataOf(sessions, id)))).toEqual([
        { basket: ['shirt'], user: 'alice' },
        undefined,
        undefined,
      ])
      expect(await dataOf(sessions, bobs)).toBeDefined()
    }
    expect(await one.sessions.of('alice', { current: { id: kept } })).toMatchObject([{ current: true }])
    expect(eventsNamed(one.events, 'ended-everywhere')).toMatchObject([{ count: 2 }])
    expect(await one.sessions.endOf('alice')).toBe(1)
    expect(await dataOf(other.sessions, kept)).toBeUndefined()
  })

  test('one that a request works with: its commit is refused', async () => {
    const { sessions } = await house()
    const session = await sessions.open(await login(sessions))
    await sessions.endOf('alice')
    session.data.n = 1
    expect(await session.commit()).toMatchObject({ written: false, reason: 'destroyed' })
  })

  test('a login that has its place and is not stored yet', async () => {
    const [one, other] = [await house(), await house()]
    const old = await storedIn(one.sessions, { basket: ['shirt'] })
    const session = await one.sessions.open(old)
    await session.login('alice')
    session.data.user = 'alice'
    expect(await other.sessions.endOf('alice')).toBe(0)
    expect(await session.commit()).toMatchObject({ written: false, reason: 'destroyed' })
    expect(session.isOver).toBe(true)
    expect(await dataOf(one.sessions, session.id)).toBeUndefined()
    expect(await one.sessions.of('alice')).toEqual([])
    const before = await one.sessions.open(old)
    expect(before).toMatchObject({ locked: true, data: { basket: ['shirt'] } })
    await before.release()
  })

  test('a login that is stored and has not looked again yet', async () => {
    const [one, other] = [await house(), await house()]
    const session = await one.sessions.open(await storedIn(one.sessions))
    await session.login('alice')
    const stop = stopAt(one.sessions, 'epochs')
    const committed = session.commit()
    await stop.reached
    expect(await other.sessions.endOf('alice')).toBe(1)
    stop.goOn()
    expect(await committed).toMatchObject({ written: false, reason: 'destroyed' })
    expect(await dataOf(other.sessions, session.id)).toBeUndefined()
  })

  test('and a login after it is none of its business', async () => {
    const [one, other] = [await house(), await house()]
    await login(one.sessions)
    await other.sessions.endOf('alice')
    const id = await login(one.sessions)
    expect(await dataOf(other.sessions, id)).toBeDefined()
  })
})

describe('an end whose process died once the epoch was raised', () => {
  const died = ({ sessions }: Watched, except?: string) =>
    sessions.store.users.end(hashOf('alice'), except, HOUR)

  test.each(['exclusive', 'readonly', 'optimistic'] as const)(
    'ends a session where it is opened (%s): a new one, an event, and no record',
    async access => {
      const [one, other] = [await house({ users: { secret: SECRET, check: 0 } }), await house()]
      const id = await login(one.sessions)
      const found = await one.sessions.open(id, { access })
      expect(found.isNew).toBe(false)
      await found.release()
      await died(other)
      const session = await one.sessions.open(id, { access })
      expect(session).toMatchObject({ isNew: true, data: {} })
      expect(session.id).not.toBe(id)
      await session.release()
      expect(await other.sessions.inspect(id)).toBeUndefined()
      expect(eventsNamed(one.events, 'ended-session-met')).toHaveLength(1)
    },
  )

  test('is believed alive by a process that has looked within `check`, and by no other; the lists have it at once', async () => {
    const check = 86_400
    const [one, other] = [await house({ users: { secret: SECRET, check } }), await house()]
    const id = await login(one.sessions)
    expect(await dataOf(one.sessions, id)).toBeDefined()
    await died(other)
    expect(await dataOf(one.sessions, id)).toBeDefined()
    expect(await one.sessions.of('alice')).toEqual([])
    expect(await dataOf(other.sessions, id)).toBeUndefined()
    expect(await dataOf(one.sessions, id)).toBeUndefined()
  })

  test('the next end destroys what it left', async () => {
    const { sessions } = await house()
    const id = await login(sessions)
    await died({ sessions } as Watched)
    expect(await sessions.endOf('alice')).toBe(1)
    expect(await sessions.inspect(id)).toBeUndefined()
  })
})

describe('a limit', () => {
  test('refuses the next login, which may be tried again once a session has ended', async () => {
    const { sessions, events } = await house()
    const limited = { max: 2, onMax: 'refuse' } as const
    const first = await login(sessions, 'alice', limited)
    await login(sessions, 'alice', limited)
    const id = await storedIn(sessions, { basket: ['shirt'] })
    const session = await sessions.open(id)
    await expect(session.login('alice', limited)).rejects.toMatchObject({
      code: 'SESSION_LIMIT',
      status: 403,
    })
    expect(session).toMatchObject({ id, locked: true, data: { basket: ['shirt'] } })
    expect(eventsNamed(events, 'limit-reached')).toMatchObject([{ max: 2, ended: 0 }])
    // As if it had expired: nobody takes it out of the index then.
    await redis.client.del((await sessions.inspect(first))?.key ?? '')
    const names = (await sessions.store.users.list(hashOf('alice'))).sessions.map(({ name }) => name)
    expect(names).toHaveLength(2)
    // One that was reserved a moment ago may still be stored: it counts, so the test makes it old.
    await aged()
    await session.login('alice', limited)
    expect(await session.commit()).toMatchObject({ written: true })
    expect(await sessions.of('alice')).toHaveLength(2)
  })

  test('ends the oldest', async () => {
    const { sessions, events } = await house()
    const ids = []
    for (let n = 0; n < 4; n++) {
      ids.push(await login(sessions, 'alice', { max: 2 }))
      await aged()
    }
    const left = await Promise.all(ids.map(async id => (await dataOf(sessions, id)) !== undefined))
    expect(left).toEqual([false, false, true, true])
    expect(eventsNamed(events, 'limit-reached')).toMatchObject([{ ended: 1 }, { ended: 1 }])
  })

  test('holds for logins at the same time, whatever they ask for', async () => {
    const houses = [await house(), await house(), await house()]
    for (const onMax of ['refuse', 'oldest'] as const) {
      const user = `alice of ${onMax}`
      const tries = await Promise.allSettled(
        Array.from({ length: 9 }, async (_, n) => {
          const { sessions } = houses[n % 3] as Watched
          const session = await sessions.open()
          await session.login(user, { max: 3, onMax })
          return { session, outcome: await session.commit() }
        }),
      )
      const made = tries.flatMap(({ status, ...one }) =>
        status === 'fulfilled'
          ? [(one as unknown as { value: { outcome: { written: boolean } } }).value]
          : [],
      )
      if (onMax === 'refuse') expect(made.filter(({ outcome }) => outcome.written)).toHaveLength(3)
      const names = []
      for await (const name of (houses[0] as Watched).sessions.names()) names.push(name)
      const listed = await (houses[0] as Watched).sessions.of(user)
      expect(listed).toHaveLength(3)
      expect(names).toHaveLength(3)
      await (houses[0] as Watched).sessions.endOf(user)
    }
  })

  test('does not count the session that logs in once more', async () => {
    const { sessions } = await house()
    const limited = { max: 1, onMax: 'refuse' } as const
    let id = await login(sessions, 'alice', limited)
    for (let n = 0; n < 3; n++) {
      const session = await sessions.open(id)
      await session.login('alice', limited)
      expect(await session.commit()).toMatchObject({ written: true })
      id = session.id
    }
    expect(await sessions.of('alice')).toHaveLength(1)
  })

  test('that is none is refused with a word', async () => {
    const { sessions } = await house()
    const session = await sessions.open()
    for (const max of [0, 1.5, 1001, Number.NaN])
      await expect(session.login('alice', { max })).rejects.toThrow(/^max: expected a whole number/)
    await session.release()
  })

  /** All that is reserved was so two minutes ago. */
  async function aged(): Promise<void> {
    for (const key of await redis.client.keys('sess_user:*'))
      for (const [field, value] of Object.entries(await redis.client.hgetall(key)))
        if (field !== 'epoch')
          await redis.client.hset(
            key,
            field,
            value.replace(/^(\d+ \d+) (\d+)/, (_, head, since) => `${head} ${Number(since) - 120_000}`),
          )
  }
})
