// Requests that no browser sends: pipelined, to whole addresses, and for web sockets, whose response is a stand-in.
import { connect } from 'node:net'
import { afterAll, beforeEach, expect, test } from '@jest/globals'
import express from 'express'
import expressSession from 'express-session'
import { type ExpressOptions, session } from '../../src/express/index.ts'
import { expressStore } from '../../src/express-session/index.ts'
import { ask, cookieOf } from '../support/http.ts'
import {
  eventsNamed,
  eventually,
  HUMAN,
  storedIn,
  type Watched,
  watchedSessions,
} from '../support/sessions.ts'
import { serve } from './support.ts'

let watched: Watched
const opened: Watched[] = []

beforeEach(async () => {
  watched = await watchedSessions({ store: 'memory' })
  opened.push(watched)
})
afterAll(() => Promise.all(opened.map(({ sessions }) => sessions.close({ grace: 0 }))))

const headers = { 'user-agent': HUMAN }
const sessioned = (options: Partial<ExpressOptions> = {}) =>
  session({ sessions: watched.sessions, secret: 's', ...options })

const DOORS = {
  'latchkey/express': () => sessioned(),
  'latchkey/express-session': () =>
    expressSession({
      store: expressStore(watched.sessions),
      secret: 's',
      resave: false,
      saveUninitialized: false,
    }),
}

test.each(Object.entries(DOORS))(
  '%s: a request that is answered behind another one of its connection loses its lock with the connection',
  async (_, door) => {
    const app = express()
    app.get('/first', () => {})
    app.use(door())
    app.get('/begin', (req, res) => {
      Object.assign(req.session, { n: 1 })
      res.end()
    })
    app.get('/second', () => {})
    const port = await serve(app)
    const cookie = cookieOf(await ask(port, '/begin', { headers }))
    const socket = connect(port, '127.0.0.1')
    for (const [path, fields] of [
      ['/first', ''],
      ['/second', `Cookie: ${cookie}\r\n`],
      ['/second', `Cookie: ${cookie}\r\n`],
    ]) {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: shop.test\r\n${fields}\r\n`)
    }
    const { counts } = watched.sessions
    expect(counts).toEqual({ holding: 0, waiting: 0 })
    await eventually(() => watched.sessions.counts.holding === 1 && watched.sessions.counts.waiting === 1)
    socket.destroy()
    await eventually(() => watched.sessions.counts.holding === 0 && watched.sessions.counts.waiting === 0)
  },
)

test('a whole address without a path has a session', async () => {
  const app = express()
  app.use(sessioned(), (req, res) => res.end(typeof req.session))
  const port = await serve(app)
  for (const path of ['http://shop.test', 'http://shop.test?a=1', 'HTTP://shop.test/']) {
    expect((await ask(port, path, { headers })).text).toBe('object')
  }
})

test('nobody chooses by a query or a header that what a request changes is not stored', async () => {
  const app = express()
  app.use(sessioned())
  app.post('/coupon', (req, res) => {
    const data = req.session as unknown as { used?: number }
    data.used = (data.used ?? 0) + 1
    res.end(String(data.used))
  })
  const port = await serve(app)
  const cookie = cookieOf(await ask(port, '/coupon', { method: 'POST', headers }))
  const again = (path: string, more = {}) =>
    ask(port, path, { method: 'POST', cookie, headers: { ...headers, ...more } })
  expect((await again('/coupon?EIO=4&transport=polling')).text).toBe('2')
  expect((await again('/coupon', { upgrade: 'websocket' })).text).toBe('3')
  expect((await again('/coupon')).text).toBe('4')
})

test('the middleware reads the session of a web socket that is given no response, and holds no lock', async () => {
  const app = express()
  const middleware = sessioned()
  app.use(middleware, (req, res) => {
    Object.assign(req.session, { n: 1 })
    res.end()
  })
  const port = await serve(app)
  const cookie = cookieOf(await ask(port, '/', { headers }))
  const req = Object.assign(Object.create({}), {
    url: '/ws',
    method: 'GET',
    socket: {},
    headers: { ...headers, cookie },
  })
  const passed = new Promise(resolve => middleware(req, {} as never, resolve))
  expect(await passed).toBeUndefined()
  expect(req.session).toMatchObject({ n: 1 })
  expect(watched.sessions.counts).toEqual({ holding: 0, waiting: 0 })
  req.session.n = 2
  await req.session.save()
  expect((await watched.sessions.open(req.sessionID, { access: 'readonly' })).data).toMatchObject({ n: 2 })
  // Nobody ends it, and nobody waits for that.
  await watched.sessions.close({ grace: 60 })
})

test('where the session of a web socket cannot be opened, what stands behind the middleware is told', async () => {
  const id = await storedIn(watched.sessions)
  const middleware = sessioned({
    sessions: { ...watched.sessions, open: () => Promise.reject(new Error(`not opened: ${id}`)) } as never,
  })
  const req = { url: '/ws', method: 'GET', socket: {}, headers }
  const error = await new Promise(resolve => middleware(req as never, {} as never, resolve))
  expect(error).toMatchObject({ message: `not opened: ${id}` })
  expect(eventsNamed(watched.events, 'store-failed')).toEqual([])
})

test.each([
  ['throws', () => { throw new Error('in onError') }], // biome-ignore format: one glance
  ['rejects', async () => { throw new Error('in onError') }], // biome-ignore format: one glance
])('an onError that %s is an error of the request, and not of the process', async (_, onError) => {
  const app = express()
  app.use(sessioned({ refusedIsError: true, onError: onError as () => void }), (req, res) => {
    Object.assign(req.session, { n: req.url === '/' ? 1 : 1n })
    res.end()
  })
  app.use(((error, _req, res, _next) => {
    res.status(418).end(String((error as Error).message))
  }) as express.ErrorRequestHandler)
  const port = await serve(app)
  const cookie = cookieOf(await ask(port, '/', { headers }))
  expect(await ask(port, '/no-json', { headers })).toMatchObject({ status: 418, text: 'in onError' })
  await watched.sessions.close({ grace: 0 })
  expect(await ask(port, '/', { headers, cookie })).toMatchObject({ status: 418, text: 'in onError' })
})

test('a cookie that another host has planted in front of the right one hides it from nobody', async () => {
  const app = express()
  app.use(sessioned(), (req, res) => {
    const data = req.session as unknown as { n?: number }
    data.n = (data.n ?? 0) + 1
    res.end(String(data.n))
  })
  const port = await serve(app)
  const cookie = cookieOf(await ask(port, '/', { headers }))
  const planted = ['x', 's%3Aid', `s%3Aan-id-of-twenty-chars.${'A'.repeat(43)}`, '%E0%A4%A'].map(
    value => `connect.sid=${value}`,
  )
  expect((await ask(port, '/', { headers, cookie: [...planted, cookie].join('; ') })).text).toBe('2')
  expect((await ask(port, '/', { headers, cookie: [cookie, ...planted].join('; ') })).text).toBe('3')
  expect((await ask(port, '/', { headers, cookie: planted.join('; ') })).text).toBe('1')
})
