// What a request may do with its session, and what is stored of it: the table of the express-session adapter.
import { afterEach, describe, expect, test } from '@jest/globals'
import { cookieOf } from '../support/http.ts'
import { ownRedis } from '../support/own-redis.ts'
import { eventsNamed } from '../support/sessions.ts'
import {
  type App,
  atRest,
  build,
  called,
  closeAll,
  dataOf,
  EXPRESS_HOUSES,
  type Handler,
  idIn,
  KINDS,
  TOUCHED,
} from './support.ts'

const redis = ownRedis()
// A touch in the millisecond of the write extends nothing, and is not counted.
const EITHER = expect.any(Number)

afterEach(closeAll)

const routes: Record<string, Handler> = {
  '/changes': (req, res) => {
    req.session.n = 2
    res.end('changed')
  },
  '/save-and-more': async (req, res) => {
    req.session.n = 2
    await called(done => req.session.save(done))
    req.session.n = 3
    res.end()
  },
  '/save': async (req, res) => {
    req.session.n = 2
    await called(done => req.session.save(done))
    res.end()
  },
  '/save-unawaited': (req, res) => {
    req.session.n = 2
    req.session.save()
    res.end()
  },
  '/reload': async (req, res) => {
    req.session.n = 99
    await called(done => req.session.reload(done))
    res.end(String(req.session.n))
  },
  '/reloads': async (req, res) => {
    await Promise.all([1, 2, 3].map(() => called(done => req.session.reload(done))))
    req.session.n = 5
    res.end(String(req.session.n))
  },
  '/regenerate': async (req, res) => {
    await called(done => req.session.regenerate(done))
    res.end(req.sessionID)
  },
  '/regenerate-and-save': async (req, res) => {
    await called(done => req.session.regenerate(done))
    req.session.user = 'ann'
    await called(done => req.session.save(done))
    res.end(req.sessionID)
  },
  '/regenerate-twice': async (req, res) => {
    await called(done => req.session.regenerate(done))
    req.session.user = 'first'
    await called(done => req.session.save(done))
    await called(done => req.session.regenerate(done))
    req.session.user = 'second'
    res.end(req.sessionID)
  },
  '/destroy': async (req, res) => {
    await called(done => req.session.destroy(done))
    res.end('gone')
  },
  '/null': (req, res) => {
    Object.assign(req, { session: null })
    res.end()
  },
  '/throws': req => {
    req.session.n = 2
    throw new Error('the handler fails')
  },
}

describe.each(EXPRESS_HOUSES)('on %s', house => {
  describe.each(KINDS)('with %s', kind => {
    let app: App
    let cookie: string
    let id: string

    const start = async () => {
      // Touched at every request, so that its traces can be seen at once.
      app = await build({
        house,
        on: kind === 'redis' ? redis : 'memory',
        routes,
        options: TOUCHED,
      })
      ;({ cookie, id } = await app.visitor())
    }

    test.each([
      { path: '/n', writes: 1, touches: 1, data: { n: 1 } },
      { path: '/changes', writes: 2, touches: 0, data: { n: 2 } },
      { path: '/save-and-more', writes: 3, touches: 0, data: { n: 3 } },
      { path: '/save', writes: 2, touches: EITHER, data: { n: 2 } },
      { path: '/save-unawaited', writes: 2, touches: EITHER, data: { n: 2 } },
      { path: '/reload', writes: 1, touches: 1, data: { n: 1 } },
      { path: '/reloads', writes: 2, touches: 0, data: { n: 5 } },
      { path: '/null', writes: 1, touches: 1, data: { n: 1 } },
    ])(
      '$path leaves $data, stored $writes times and touched $touches, and no lock',
      async ({ path, ...left }) => {
        await start()
        expect((await app.ask(path, { cookie })).status).toBe(200)
        const view = await atRest(app, id)
        expect({ writes: view?.writes, touches: view?.touches, data: await dataOf(app, id) }).toEqual(left)
        expect(view?.ttl).toBeGreaterThan(600)
        expect(eventsNamed(app.events, 'commit-refused')).toEqual([])
      },
    )

    test.each([
      // A session without data is not stored by the middleware of our own.
      ...(house === 'own door' ? [] : [{ path: '/regenerate', data: {} }]),
      { path: '/regenerate-and-save', data: { user: 'ann' } },
      { path: '/regenerate-twice', data: { user: 'second' } },
    ])('$path leaves one session, under a new id, written once', async ({ path, data }) => {
      await start()
      const answer = await app.ask(path, { cookie })
      const next = idIn(cookieOf(answer) ?? '')
      expect(next).toBe(answer.text)
      expect(await atRest(app, id)).toBeUndefined()
      expect((await atRest(app, next))?.writes).toBe(1)
      expect(await dataOf(app, next)).toEqual(data)
      expect(await called(done => app.store.length(done))).toBe(1)
    })

    test('destroy leaves no record, and the cookie finds nothing', async () => {
      await start()
      expect((await app.ask('/destroy', { cookie })).text).toBe('gone')
      expect(await atRest(app, id)).toBeUndefined()
      expect((await app.ask('/n', { cookie })).text).toBe('undefined')
      expect(await app.sessions.inspect(id)).toBeUndefined()
    })

    test('a handler that throws answers 500, keeps what it stored in the session, and no lock', async () => {
      await start()
      expect((await app.ask('/throws', { cookie })).status).toBe(500)
      expect((await atRest(app, id))?.writes).toBe(2)
      expect(await dataOf(app, id)).toEqual({ n: 2 })
    })

    test('an id that nobody knows is never adopted, and creates nothing until there is something to store', async () => {
      await start()
      await called(done => app.store.destroy(id, done))
      const looked = await app.ask('/n', { cookie })
      expect(cookieOf(looked)).toBeUndefined()
      const begun = await app.ask('/begin', { cookie })
      expect(idIn(cookieOf(begun) ?? '')).not.toBe(id)
      expect(await app.sessions.inspect(id)).toBeUndefined()
    })

    test('a visitor without a session who stores nothing leaves no trace', async () => {
      await start()
      await called(done => app.store.clear(done))
      expect(cookieOf(await app.ask('/n'))).toBeUndefined()
      expect(await called(done => app.store.length(done))).toBe(0)
    })

    test('20 requests at once count to 20', async () => {
      await start()
      const count: Handler = async (req, res) => {
        const n = req.session.n ?? 0
        await new Promise(resolve => setImmediate(resolve))
        req.session.n = n + 1
        res.end()
      }
      const counting = await build({
        house,
        on: kind === 'redis' ? redis : 'memory',
        routes: { '/count': count },
      })
      const visitor = await counting.visitor()
      await Promise.all(Array.from({ length: 20 }, () => counting.ask('/count', visitor)))
      expect(await dataOf(counting, visitor.id)).toEqual({ n: 21 })
      expect((await atRest(counting, visitor.id))?.writes).toBe(21)
    })
  })
})
