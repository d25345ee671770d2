import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import Koa from 'koa'
import { session } from '../../../src/koa/index.ts'
import { type Framework, requestOptions } from '../framework.ts'

export const koaFramework: Framework = {
  name: 'Koa',
  freeOnceGone: false,
  changesLate: false,
  redirectToThrow: location =>
    Object.assign(new Error('elsewhere'), { status: 303, expose: true, headers: { location } }),
  build(sessions, routes, { maxAge, ...settings }) {
    const { access, logout } = requestOptions(routes)
    const app = new Koa()
    app.silent = true
    app
      .use(
        session<Record<string, unknown>>({
          sessions,
          ...settings,
          cookie: { maxAge },
          access: ({ path }) => access(path),
          logout: ({ path }) => logout(path),
        }),
      )
      .use(async ctx => {
        const route = routes[ctx.path]
        if (!route) return
        const reply = await route.handle(ctx.session)
        if (typeof reply === 'string') ctx.body = reply
        else if ('text' in reply) {
          ctx.append('Set-Cookie', reply.cookie)
          ctx.body = reply.text
        } else if ('redirect' in reply) {
          ctx.redirect(reply.redirect)
          ctx.status = 303
        } else ctx.body = Readable.from(reply.stream, { objectMode: false })
      })
    return { server: createServer(app.callback()) }
  },
}
