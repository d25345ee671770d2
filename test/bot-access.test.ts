// `botAccess`: what bots are given, on a Redis of its own.
import { afterEach, describe, expect, test } from '@jest/globals'
import { build, closeAll } from './express-session/support.ts'
import { ownRedis } from './support/own-redis.ts'
import { HUMAN, watchedSessions } from './support/sessions.ts'

const BOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'

const redis = ownRedis()
afterEach(async () => {
  await closeAll()
  await redis.client.flushall()
})

const open = async (botAccess: 'exclusive' | 'optimistic' | 'readonly') => {
  const watched = await watchedSessions({ redis: { url: redis.url }, botAccess })
  const { sessions } = watched
  return {
    ...watched,
    async stored() {
      const session = await sessions.open(null, { userAgent: HUMAN })
      session.data.n = 1
      await session.commit()
      return session.id
    },
  }
}

test('by default a bot takes the lock like people', async () => {
  const { sessions, stored } = await open('exclusive')
  const session = await sessions.open(await stored(), { userAgent: BOT })
  expect(session.locked).toBe(true)
  await session.release()
  await sessions.close()
})

describe('optimistic', () => {
  test('a bot waits for nobody and takes no lock', async () => {
    const { sessions, stored } = await open('optimistic')
    const id = await stored()
    const person = await sessions.open(id, { userAgent: HUMAN })
    const bot = await sessions.open(id, { userAgent: BOT })
    expect([person.locked, bot.locked]).toEqual([true, false])
    bot.data.n = 2
    expect(await bot.commit()).toMatchObject({ written: false, reason: 'conflict' })
    person.data.n = 3
    expect(await person.commit()).toMatchObject({ written: true })
    await sessions.close()
  })

  test('what a bot changes is stored when nobody was faster', async () => {
    const { sessions, stored } = await open('optimistic')
    const id = await stored()
    const bot = await sessions.open(id, { userAgent: BOT })
    bot.data.n = 2
    expect(await bot.commit()).toEqual({ written: true, writes: 2 })
    await sessions.close()
  })

  test('a route that asks for less gets less', async () => {
    const { sessions, stored } = await open('optimistic')
    const bot = await sessions.open(await stored(), { userAgent: BOT, access: 'readonly' })
    expect(bot.access).toBe('readonly')
    await sessions.close()
  })
})

describe('readonly', () => {
  test('a bot leaves no record, and its pages are pages', async () => {
    const app = await build({
      on: redis,
      options: { botAccess: 'readonly' },
      store: { refusedIsError: true },
      routes: {
        '/login': (req, res) => {
          req.session.regenerate(() => {
            req.session.user = 'bot'
            req.session.save(error => res.end(String(error ?? 'welcome')))
          })
        },
      },
    })
    for (const path of ['/begin', '/login', '/n']) {
      expect(await app.ask(path, { headers: { 'user-agent': BOT } })).toMatchObject({ status: 200 })
    }
    expect((await app.ask('/login', { headers: { 'user-agent': BOT } })).text).toBe('welcome')
    expect(await redis.client.dbsize()).toBe(0)
    await app.ask('/begin')
    expect(await redis.client.dbsize()).toBe(1)
  })

  test('a bot alters nothing of a record that is there', async () => {
    const { sessions, stored, events } = await open('readonly')
    const id = await stored()
    const key = (await redis.client.keys('*'))[0] ?? ''
    const before = [await redis.client.hgetallBuffer(key), await redis.client.pexpiretime(key)]
    const bot = await sessions.open(id, { userAgent: BOT })
    expect(bot).toMatchObject({ access: 'unrecorded', locked: false, data: { n: 1 } })
    bot.data.n = 2
    expect(await bot.commit()).toEqual({ written: false, reason: 'bot' })
    expect(await bot.upgrade()).toBe(false)
    await bot.release({ touch: true })
    expect([await redis.client.hgetallBuffer(key), await redis.client.pexpiretime(key)]).toEqual(before)
    expect(events.filter(({ event }) => event === 'commit-refused')).toMatchObject([{ reason: 'bot' }])
    await sessions.close()
  })

  test('a new id of a bot is stored no more than the old one', async () => {
    const { sessions } = await open('readonly')
    const bot = await sessions.open(null, { userAgent: BOT })
    bot.data.n = 1
    await bot.regenerate()
    expect(await bot.commit()).toEqual({ written: false, reason: 'bot' })
    expect(await redis.client.dbsize()).toBe(0)
    await sessions.close()
  })

  test('isBot decides who is one', async () => {
    const { sessions } = await watchedSessions(
      { redis: { url: redis.url }, botAccess: 'readonly' },
      { isBot: userAgent => (userAgent === BOT ? false : undefined) },
    )
    const session = await sessions.open(null, { userAgent: BOT })
    session.data.n = 1
    expect(await session.commit()).toMatchObject({ written: true })
    await sessions.close()
  })
})
