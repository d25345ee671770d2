// express-session's own options: cookies, rolling, resave, saveUninitialized, unset, secure, genid.
import { afterEach, describe, expect, test } from '@jest/globals'
import type { Change } from '../../src/update.ts'
import { cookieOf } from '../support/http.ts'
import { ownRedis } from '../support/own-redis.ts'
import { eventsNamed, eventually } from '../support/sessions.ts'
import {
  type App,
  atRest,
  type Building,
  build,
  called,
  closeAll,
  dataOf,
  type Handler,
  HOUSES,
  idIn,
  TOUCHED,
} from './support.ts'

const redis = ownRedis()

afterEach(closeAll)

const routes: Record<string, Handler> = {
  '/changes': (req, res) => {
    req.session.n = 2
    res.end()
  },
  '/shorter': (req, res) => {
    req.session.cookie.maxAge = 30_000
    req.session.n = 3
    res.end()
  },
  '/only-cookie': (req, res) => {
    req.session.cookie.maxAge = 3_600_000
    res.end()
  },
  '/null': (req, res) => {
    Object.assign(req, { session: null })
    res.end()
  },
  '/regenerates': async (req, res) => {
    const failure = await called(done => req.session.regenerate(done)).catch(error => error)
    res.end((failure as { code?: string })?.code)
  },
}

describe.each(HOUSES)('on %s', house => {
  let app: App
  let cookie: string
  let id: string

  async function start(session: Building['session'], options: Building['options'] = {}) {
    app = await build({ house, on: redis, routes, session, options: { ...TOUCHED, ...options } })
    ;({ cookie, id } = await app.visitor())
  }
  const ttl = async () => (await atRest(app, id))?.ttl ?? Number.NaN

  test.each(['/n', '/changes'])('after %s the record does not outlive the cookie', async path => {
    await start({ cookie: { maxAge: 120_000 } })
    expect(await ttl()).toBeLessThanOrEqual(120)
    for (let i = 0; i < 3; i += 1) await app.ask(path, { cookie })
    const left = await ttl()
    expect(left).toBeLessThanOrEqual(120)
    expect(left).toBeGreaterThan(60)
  })

  test('a cookie that is made shorter shortens the life of the record', async () => {
    await start({ cookie: { maxAge: 120_000 } })
    await app.ask('/shorter', { cookie })
    expect(await ttl()).toBeLessThanOrEqual(30)
  })

  test('a rolling cookie is sent with every answer, and its session kept alive and not written', async () => {
    await start({ rolling: true, cookie: { maxAge: 120_000 } })
    for (let i = 0; i < 3; i += 1) expect(cookieOf(await app.ask('/n', { cookie }))).toBe(cookie)
    expect((await atRest(app, id))?.writes).toBe(1)
  })

  if (house !== 'own door') {
    test('resave keeps an unchanged session alive and does not write it again', async () => {
      await start({ resave: true })
      await app.ask('/n', { cookie })
      await app.ask('/n', { cookie })
      expect(await atRest(app, id)).toMatchObject({ writes: 1, touches: 2 })
      await app.ask('/changes', { cookie })
      expect((await atRest(app, id))?.writes).toBe(2)
    })

    test.each(['/n', '/changes'])(
      'after %s the record lives as long as the cookie that goes out anew',
      async path => {
        await start({ rolling: true, cookie: { maxAge: 120_000 } })
        const end = Date.now() + 20_000
        const older: Change<Record<string, unknown>> = ({ cookie }) =>
          void Object.assign(cookie as object, { expires: new Date(end) })
        await app.sessions.update(id, older, { maxAge: 20 })
        expect(await ttl()).toBeLessThanOrEqual(20)
        expect(cookieOf(await app.ask(path, { cookie }))).toBe(cookie)
        expect(await ttl()).toBeGreaterThan(60)
      },
    )

    test('a changed session is stored with the end of the cookie that goes out', async () => {
      await start({ rolling: true, cookie: { maxAge: 120_000 } })
      const end = Date.now() + 20_000
      await app.sessions.update(
        id,
        ({ cookie }) => void Object.assign(cookie as object, { expires: new Date(end) }),
      )
      await app.ask('/changes', { cookie })
      await atRest(app, id)
      const { data } = await app.sessions.open(id, { access: 'readonly' })
      expect(Date.parse((data.cookie as { expires: string }).expires)).toBeGreaterThan(end)
    })

    test('resave stores a cookie that alone has changed', async () => {
      await start({ resave: true, rolling: true, cookie: { maxAge: 120_000 } })
      await app.ask('/only-cookie', { cookie })
      expect(await ttl()).toBeLessThanOrEqual(3600)
      expect((await atRest(app, id))?.writes).toBe(2)
      const { data } = await app.sessions.open(id, { access: 'readonly' })
      expect(data.cookie).toMatchObject({ originalMaxAge: expect.closeTo(3_600_000, -2) })
    })

    test('saveUninitialized stores an empty session once, and holds no lock', async () => {
      await start({ saveUninitialized: true })
      const fresh = idIn(cookieOf(await app.ask('/n')) ?? '')
      await eventually(async () => (await app.sessions.inspect(fresh)) !== undefined)
      expect((await atRest(app, fresh))?.writes).toBe(1)
      expect(await dataOf(app, fresh)).toEqual({})
    })
  }

  test("unset: 'destroy' destroys the session that is set to null", async () => {
    await start({ unset: 'destroy' })
    expect((await app.ask('/null', { cookie })).status).toBe(200)
    expect(await atRest(app, id)).toBeUndefined()
    expect(eventsNamed(app.events, 'commit-refused')).toEqual([])
  })

  test('a secure cookie is not sent without TLS, and no lock is leaked', async () => {
    app = await build({ house, on: redis, routes, session: { cookie: { secure: true } } })
    const answer = await app.ask('/begin')
    expect(answer).toMatchObject({ status: 200, text: 'begun' })
    expect(cookieOf(answer)).toBeUndefined()
    expect(app.sessions.counts.holding).toBe(0)
  })

  test('a malformed id of genid is a clear error, with which nothing is stored', async () => {
    app = await build({ house, on: redis, routes, session: { genid: () => 'with a blank' } })
    const answer = await app.ask('/begin')
    expect(answer.status).toBe(500)
    expect(cookieOf(answer)).toBeUndefined()
    expect(app.errors).toMatchObject([{ code: 'ID_MALFORMED', message: expect.stringContaining('genid') }])
    expect(await called(done => app.store.length(done))).toBe(0)
  })

  test('a malformed id of genid at a regenerate is told to its callback', async () => {
    let malformed = false
    const genid = () => (malformed ? 'with a blank' : 'long-enough-to-be-an-id')
    await start({ genid })
    malformed = true
    expect((await app.ask('/regenerates', { cookie })).text).toBe('ID_MALFORMED')
    // Nothing took its place.
    expect(await dataOf(app, id)).toEqual({ n: 1 })
  })

  test.each([{ data: { n: 4 } }, { data: { n: 4, cookie: 'mine' } }, { data: { n: 4, cookie: null } }])(
    'a record of somebody else, $data, has no cookie of ours and is read and written',
    async ({ data }) => {
      await start({})
      await redis.client.flushall()
      const foreign = app.sessions.create(id)
      foreign.data = { ...data }
      expect(await foreign.commit()).toMatchObject({ written: true })
      expect((await app.ask('/n', { cookie })).text).toBe('4')
      expect((await atRest(app, id))?.writes).toBe(1)
      await app.ask('/changes', { cookie })
      expect(await dataOf(app, id)).toEqual({ n: 2 })
      await atRest(app, id)
    },
  )
})
