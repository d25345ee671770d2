// The application's own contexts, callbacks that lost theirs, two stores in one application, and memory.

import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { createServer } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, test } from '@jest/globals'
import express from 'express'
import session from 'express-session'
import { expressStore } from '../../src/express-session/index.ts'
import { ask, cookieOf, listen } from '../support/http.ts'
import { ownRedis } from '../support/own-redis.ts'
import { eventually, HUMAN, watchedSessions } from '../support/sessions.ts'
import { atRest, build, called, closeAll, dataOf, gate, type Handler, HOUSES, idIn } from './support.ts'

const redis = ownRedis()

afterEach(closeAll)

const local = new AsyncLocalStorage<string>()

describe.each(HOUSES)('on %s', house => {
  test("the application's AsyncLocalStorage survives the wait for a lock", async () => {
    const routes: Record<string, Handler> = { '/whose': (_req, res) => res.end(local.getStore()) }
    const app = await build({
      house,
      on: redis,
      routes,
      before: [(req, _res, next) => local.run(String(req.headers['x-name']), next)],
    })
    const { cookie, id } = await app.visitor()
    const holder = await app.sessions.open(id)
    const names = ['ann', 'bob', 'cid']
    const answers = names.map(name => app.ask('/whose', { cookie, headers: { 'x-name': name } }))
    await eventually(async () => (await app.sessions.inspect(id))?.waiters === names.length)
    await holder.release()
    expect((await Promise.all(answers)).map(({ text }) => text)).toEqual(names)
    await atRest(app, id)
  })

  test.each(['no request', 'another request'])(
    'from a callback in the context of %s a request finds its lock',
    async where => {
      let resource = new AsyncResource('outside')
      const lost = <T>(act: () => T) => resource.runInAsyncScope(act)
      const entered = gate()
      const goOn = gate()
      const routes: Record<string, Handler> = {
        '/stays': async (_req, res) => {
          if (where === 'another request') resource = new AsyncResource('inside')
          entered.open()
          await goOn.opened
          res.end()
        },
        '/reload': async (req, res) => {
          await lost(() => called(done => req.session.reload(done)))
          await lost(() => called(done => req.session.reload(done)))
          req.session.n = 2
          await lost(() => called(done => req.session.save(done)))
          res.end(String((await app.sessions.inspect(id))?.holder !== undefined))
        },
        '/regenerate': async (req, res) => {
          await lost(() => called(done => req.session.regenerate(done)))
          req.session.n = 3
          lost(() => res.end(req.sessionID))
        },
        '/destroy': async (req, res) => {
          await lost(() => called(done => req.session.destroy(done)))
          lost(() => res.end())
        },
      }
      const app = await build({ house, on: redis, routes })
      const { cookie, id } = await app.visitor()
      const stays = app.ask('/stays', await app.visitor())
      await entered.opened
      expect((await app.ask('/reload', { cookie })).text).toBe('true')
      expect(await dataOf(app, id)).toEqual({ n: 2 })
      const next = cookieOf(await app.ask('/regenerate', { cookie })) ?? ''
      expect(await app.sessions.inspect(id)).toBeUndefined()
      expect(await dataOf(app, idIn(next))).toEqual({ n: 3 })
      await app.ask('/destroy', { cookie: next })
      goOn.open()
      await stays
      expect(await atRest(app, idIn(next))).toBeUndefined()
      expect(app.events.filter(({ event }) => event === 'lock-waited' || event === 'lock-broken')).toEqual([])
    },
  )
})

test('two stores in one application, by path and cookie, leave each other alone', async () => {
  const shop = await watchedSessions({ redis: { url: redis.url }, prefix: 'shop_' })
  const admin = await watchedSessions({ redis: { url: redis.url }, prefix: 'admin_' })
  const adminStore = expressStore(admin.sessions)
  const shopStore = expressStore(shop.sessions)
  const common = { secret: 's', resave: false, saveUninitialized: false }
  const app = express()
  app.use('/admin', session({ ...common, name: 'admin', store: adminStore }))
  app.use(session({ ...common, name: 'shop', store: shopStore }))
  app.use(async (req, res) => {
    req.session.n = (req.session.n ?? 0) + 1
    const other = req.path.startsWith('/admin') ? shopStore : adminStore
    const seen = await called(done => other.get(req.sessionID, done))
    await called(done => other.destroy(req.sessionID, done))
    res.json({
      n: req.session.n,
      seen,
      holding: [shop.sessions.counts.holding, admin.sessions.counts.holding],
    })
  })
  const server = createServer(app)
  const port = await listen(server)
  try {
    const headers = { 'user-agent': HUMAN }
    const cookies = [
      cookieOf(await ask(port, '/', { headers })),
      cookieOf(await ask(port, '/admin', { headers })),
    ].join('; ')
    expect(cookies).toMatch(/^shop=.*; admin=/)
    const inShop = await ask(port, '/', { headers, cookie: cookies })
    expect(JSON.parse(inShop.text)).toEqual({ n: 2, seen: null, holding: [1, 0] })
    const inAdmin = await ask(port, '/admin', { headers, cookie: cookies })
    expect(JSON.parse(inAdmin.text)).toEqual({ n: 2, seen: null, holding: [0, 1] })
    await eventually(() => shop.sessions.counts.holding + admin.sessions.counts.holding === 0)
    expect([...shop.events, ...admin.events].filter(({ event }) => event === 'commit-refused')).toEqual([])
  } finally {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
    await Promise.all([shop.sessions.close(), admin.sessions.close()])
  }
})

test('a request is not kept alive by what it leaves behind', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const requests: WeakRef<object>[] = []
  const timers: NodeJS.Timeout[] = []
  const app = await build({
    on: redis,
    routes: {
      '/leaves-a-timer': (req, res) => {
        requests.push(new WeakRef(req))
        timers.push(setInterval(() => {}, 1 << 30))
        req.session.n = 2
        res.end()
      },
    },
  })
  const { cookie, id } = await app.visitor()
  for (let i = 0; i < 10; i += 1) await app.ask('/leaves-a-timer', { cookie })
  await atRest(app, id)
  await eventually(() => {
    collect()
    return requests.filter(request => request.deref()).length <= 1
  })
  for (const timer of timers) clearInterval(timer)
})
