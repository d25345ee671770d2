// `rotateAfter` through the Express door: an id changes only where the browser can be told.
import { expect, test } from '@jest/globals'
import type express from 'express'
import type { SessionEvent } from '../../src/index.ts'
import { recordName } from '../../src/session-id.ts'
import { ageId } from '../support/aged.ts'
import { ownRedis } from '../support/own-redis.ts'
import { eventsNamed } from '../support/sessions.ts'
import { type Shop, shop } from './support.ts'

const redis = ownRedis()
const HOUR = 3_600_000

type Fields = { n?: number; user?: string }
const dataIn = (req: express.Request) => req.session as unknown as Fields

const open = (
  routes: Record<string, express.RequestHandler> = {},
  options: Parameters<typeof shop>[2] = {},
): Promise<Shop> =>
  shop(
    redis,
    (app, sessioned) => {
      app.use(sessioned)
      app.get('/add', (req, res) => {
        dataIn(req).n = (dataIn(req).n ?? 0) + 1
        res.end(String(dataIn(req).n))
      })
      for (const [path, handle] of Object.entries(routes)) app.get(path, handle)
    },
    options,
    { rotateAfter: '1h', users: { secret: 'a secret for users' } },
  )

/** A browser whose session has an id that is too old. */
async function aged({ browser, sessions }: Shop) {
  const visitor = await browser()
  await visitor.ask('/add')
  const id = visitor.id()
  await ageId(redis.client, sessions, id, HOUR)
  return { visitor, id }
}

test('a response whose headers left early keeps the id, and the next one changes it', async () => {
  const house = await open({
    '/stream': (req, res) => {
      dataIn(req).n = 7
      res.flushHeaders()
      res.end('streamed')
    },
  })
  const { visitor, id } = await aged(house)
  await visitor.ask('/stream')
  expect(visitor.id()).toBe(id)
  await house.atRest()
  expect((await visitor.ask('/add')).text).toBe('8')
  expect(visitor.id()).not.toBe(id)
})

test('the old cookie gets nothing once the grace is over, and an event names the request', async () => {
  const house = await open()
  const events: SessionEvent[] = []
  house.sessions.onEvent(event => void events.push(event))
  const { visitor, id } = await aged(house)
  const old = new Map(visitor.cookies)
  await visitor.ask('/add')
  const thief = await house.browser()
  for (const [name, value] of old) thief.cookies.set(name, value)
  const [key = ''] = await redis.client.keys(`*_${recordName(id, 'hashed')}`)
  const gone = (await redis.client.hget(key, 'gone')) ?? ''
  await redis.client.hset(key, 'gone', gone.replace(/ \d+$/, ' 1'))
  expect((await thief.ask('/add')).text).toBe('1')
  expect([id, visitor.id()]).not.toContain(thief.id())
  const request = expect.stringMatching(/^GET .*\/add$/)
  expect(eventsNamed(events, 'old-id-used')).toMatchObject([{ request }])
  expect((await visitor.ask('/add')).text).toBe('3')
})

test('a request that upgrades after another one got the new id works under that, and its browser gets the cookie', async () => {
  let meanwhile = async () => {}
  const house = await open(
    {
      '/upgrade': (req, res, next) => {
        const upgraded = async () => {
          await meanwhile()
          await req.session.upgrade()
          dataIn(req).n = (dataIn(req).n ?? 0) + 1
          res.end(req.sessionID)
        }
        upgraded().catch(next)
      },
    },
    { access: req => (req.path === '/upgrade' ? 'readonly' : 'exclusive') },
  )
  const { visitor, id } = await aged(house)
  const tab = await house.browser()
  for (const [name, value] of visitor.cookies) tab.cookies.set(name, value)
  meanwhile = async () => {
    expect((await tab.ask('/add')).text).toBe('2')
  }
  expect((await visitor.ask('/upgrade')).text).toBe(tab.id())
  expect(visitor.id()).toBe(tab.id())
  expect(visitor.id()).not.toBe(id)
  expect((await visitor.ask('/add')).text).toBe('4')
})

test('a cookie for HTTPS only keeps its id over plain HTTP', async () => {
  const house = await open({}, { cookie: { secure: true }, proxy: true })
  const visitor = await house.browser()
  const secure = { headers: { 'x-forwarded-proto': 'https' } }
  await visitor.ask('/add', secure)
  const id = visitor.id()
  await ageId(redis.client, house.sessions, id, HOUR)
  expect((await visitor.ask('/add')).text).toBe('2')
  expect(visitor.id()).toBe(id)
  expect((await house.sessions.open(id, { access: 'readonly' })).data).toMatchObject({ n: 2 })
  expect((await visitor.ask('/add', secure)).text).toBe('3')
  expect(visitor.id()).not.toBe(id)
})

test('a request that keeps no session alive keeps the id, and the life that is left', async () => {
  const house = await open(
    { '/poll': (req, res) => void res.end(String(dataIn(req).n)) },
    { keepsAlive: req => req.path !== '/poll' },
  )
  const { visitor, id } = await aged(house)
  const { key = '' } = (await house.sessions.inspect(id)) ?? {}
  await redis.client.expire(key, 100)
  expect((await visitor.ask('/poll')).text).toBe('1')
  expect(visitor.id()).toBe(id)
  expect(await redis.client.ttl(key)).toBeLessThanOrEqual(100)
  await visitor.ask('/add')
  expect(visitor.id()).not.toBe(id)
})

test('data that cannot be stored keeps the id and the session', async () => {
  const house = await open({
    '/broken': (req, res) => {
      Object.assign(dataIn(req), { big: 1n })
      res.end('broken')
    },
  })
  const { visitor, id } = await aged(house)
  await visitor.ask('/broken')
  expect(visitor.id()).toBe(id)
  expect((await visitor.ask('/add')).text).toBe('2')
})

test('a session without data keeps living under its new id', async () => {
  const house = await open({
    '/empty': (req, res) => {
      delete dataIn(req).n
      res.end('emptied')
    },
  })
  const { visitor, id } = await aged(house)
  await visitor.ask('/empty')
  expect(visitor.id()).not.toBe(id)
  expect(await house.sessions.inspect(visitor.id())).toMatchObject({ writes: 1 })
})

test('a login in the same request is one, and its id is as good as new', async () => {
  const house = await open({
    '/login': (req, res, next) => {
      req.session.login('alice').then(() => res.end('hello'), next)
    },
  })
  const { visitor, id } = await aged(house)
  await visitor.ask('/login')
  expect((await house.sessions.open(id, { access: 'readonly' })).id).not.toBe(visitor.id())
  expect(await house.sessions.of('alice', { current: { id: visitor.id() } })).toMatchObject([
    { current: true },
  ])
})

test('an application that makes its ids makes this one too', async () => {
  let made = 0
  const house = await open({}, { genid: () => `made-by-the-application-${++made}` })
  const { visitor } = await aged(house)
  await visitor.ask('/add')
  expect(visitor.id()).toBe('made-by-the-application-2')
})

test('where the index of users cannot be asked, the id stays, and what the request changed is stored', async () => {
  const house = await open({
    '/login': (req, res, next) => {
      req.session.login('alice').then(() => res.end('hello'), next)
    },
  })
  const visitor = await house.browser()
  await visitor.ask('/login')
  const id = visitor.id()
  await ageId(redis.client, house.sessions, id, HOUR)
  const { users } = house.sessions.store
  const follow = users.follow.bind(users)
  Object.assign(users, { follow: () => Promise.reject(new Error('the index is away')) })
  expect((await visitor.ask('/add')).text).toBe('1')
  expect(visitor.id()).toBe(id)
  Object.assign(users, { follow })
  expect((await visitor.ask('/add')).text).toBe('2')
  expect(visitor.id()).not.toBe(id)
  expect(await house.sessions.of('alice', { current: { id: visitor.id() } })).toMatchObject([
    { current: true },
  ])
})

test('an id that cannot be changed is no failure of a request that changed nothing', async () => {
  const house = await open(
    {
      '/read': (req, res, next) => {
        const { n } = dataIn(req)
        redis.client.config('SET', 'maxmemory', '1').then(() => res.end(String(n)), next)
      },
    },
    { refusedIsError: true },
  )
  const { visitor, id } = await aged(house)
  const answer = await visitor.ask('/read').finally(() => redis.client.config('SET', 'maxmemory', '0'))
  expect(answer).toMatchObject({ status: 200, text: '1' })
  expect(visitor.id()).toBe(id)
  expect(await house.sessions.inspect(id)).toMatchObject({ holder: undefined })
  expect((await visitor.ask('/add')).text).toBe('2')
  expect(visitor.id()).not.toBe(id)
})

test.each([
  ['whose headers have left', (res: express.Response) => res.flushHeaders(), {}],
  [
    'over plain HTTP, where the cookie is for HTTPS only',
    () => {},
    { cookie: { secure: true }, proxy: true },
  ],
])(
  'an application that rotates in a response %s keeps the id: its browser could not be told',
  async (_, begins, options) => {
    const house = await open(
      {
        '/rotate': (req, res, next) => {
          begins(res)
          req.session.rotate().then(() => res.end(req.sessionID), next)
        },
      },
      options,
    )
    const visitor = await house.browser()
    await visitor.ask('/add', { headers: { 'x-forwarded-proto': 'https' } })
    expect((await visitor.ask('/rotate')).text).toBe(visitor.id())
    await house.atRest()
    expect(await house.sessions.inspect(visitor.id())).toMatchObject({ holder: undefined, writes: 1 })
  },
)
