import { createServer, type Server } from 'node:http'
import { Readable } from 'node:stream'
import express from 'express'
import expressSession from 'express-session'
import { type RequestSession, session } from '../../../src/express/index.ts'
import { expressStore } from '../../../src/express-session/index.ts'
import { called } from '../../express-session/support.ts'
import { type Framework, pathOf, type Route, type RouteSession, requestOptions } from '../framework.ts'

export const expressFramework: Framework = {
  name: 'Express',
  freeOnceGone: true,
  showsErrors: true,
  changesLate: true,
  build(sessions, routes, { maxAge, ...settings }) {
    const { access, logout } = requestOptions(routes)
    const middleware = session({
      sessions,
      ...settings,
      cookie: { maxAge: maxAge && maxAge * 1000 },
      access: req => access(pathOf(req.url)),
      logout: req => logout(pathOf(req.url)),
    })
    return { server: serverOf(middleware as express.RequestHandler, routes) }
  },
}

/** Express with express-session and the store for it. */
export const expressSessionFramework: Framework = {
  name: 'express-session',
  freeOnceGone: true,
  changesLate: true,
  build(sessions, routes, { secret, maxAge }) {
    const { access } = requestOptions(routes)
    const store = expressStore(sessions, { access: req => access(pathOf(req.url)) || 'exclusive' })
    const middleware = expressSession({
      store,
      secret: secret as string,
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: maxAge && maxAge * 1000 },
    })
    return { server: serverOf(middleware, routes) }
  },
}

function serverOf(middleware: express.RequestHandler, routes: Record<string, Route>): Server {
  const app = express()
  app.set('env', 'test')
  app.use(middleware)
  for (const [path, { handle }] of Object.entries(routes)) {
    app.all(path, async (req, res) => {
      const reply = await handle(sessionOf(req as never))
      if (typeof reply === 'string') res.send(reply)
      else if ('text' in reply) res.append('Set-Cookie', reply.cookie).send(reply.text)
      else if ('redirect' in reply) res.redirect(303, reply.redirect)
      else Readable.from(reply.stream).pipe(res.type('text'))
    })
  }
  return createServer(app)
}

function sessionOf(req: { session: RequestSession & Record<string, unknown> }): RouteSession {
  return {
    get data() {
      return req.session
    },
    get id() {
      return req.session.id
    },
    save: () => called(done => req.session.save(done)),
    upgrade: () => req.session.upgrade(),
    rotate: async (options?: { grace?: number }) => {
      await req.session.rotate(options)
    },
    // express-session knows callbacks only.
    regenerate: () => called(done => req.session.regenerate(done)),
    destroy: () => called(done => req.session.destroy(done)),
  }
}
