import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import express from 'express'
import { type RequestSession, session } from '../../../src/express/index.ts'
import { type Framework, pathOf, type RouteSession, requestOptions } from '../framework.ts'

export const expressFramework: Framework = {
  name: 'Express',
  freeOnceGone: true,
  changesLate: true,
  build(sessions, routes, { maxAge, ...settings }) {
    const app = express()
    app.set('env', 'test')
    const { access, logout } = requestOptions(routes)
    app.use(
      session({
        sessions,
        ...settings,
        cookie: { maxAge: maxAge && maxAge * 1000 },
        access: req => access(pathOf(req.url)),
        logout: req => logout(pathOf(req.url)),
      }),
    )
    for (const [path, { handle }] of Object.entries(routes)) {
      app.all(path, async (req, res) => {
        const reply = await handle(sessionOf(req as never))
        if (typeof reply === 'string') res.send(reply)
        else if ('text' in reply) res.append('Set-Cookie', reply.cookie).send(reply.text)
        else if ('redirect' in reply) res.redirect(303, reply.redirect)
        else Readable.from(reply.stream).pipe(res.type('text'))
      })
    }
    return { server: createServer(app) }
  },
}

function sessionOf(req: { session: RequestSession & Record<string, unknown> }): RouteSession {
  return {
    get data() {
      return req.session
    },
    get id() {
      return req.session.id
    },
    save: () => req.session.save(),
    upgrade: () => req.session.upgrade(),
    regenerate: () => req.session.regenerate(),
    destroy: () => req.session.destroy(),
  }
}
