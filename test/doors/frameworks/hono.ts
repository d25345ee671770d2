import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { type SessionVariables, session } from '../../../src/hono/index.ts'
import { type Framework, requestOptions } from '../framework.ts'
import { responseOf } from './fetch.ts'

export const honoFramework: Framework = {
  name: 'Hono',
  freeOnceGone: false,
  changesLate: false,
  redirectToThrow: location =>
    new HTTPException(303 as never, { res: new Response(null, { status: 303, headers: { location } }) }),
  build(sessions, routes, { maxAge, ...settings }) {
    const { access, logout } = requestOptions(routes)
    const app = new Hono<{ Variables: SessionVariables<Record<string, unknown>> }>()
    app.use(
      session({
        sessions,
        ...settings,
        cookie: { maxAge },
        access: c => access(c.req.path),
        logout: c => logout(c.req.path),
      }),
    )
    for (const [path, { handle }] of Object.entries(routes)) {
      app.get(path, async c => {
        const reply = await handle(c.var.session)
        if (typeof reply === 'string') return c.text(reply)
        if ('text' in reply) {
          c.header('Set-Cookie', reply.cookie)
          return c.text(reply.text)
        }
        // Hono's own redirect can be changed; that of `Response.redirect` cannot.
        return 'redirect' in reply && path === '/changes'
          ? c.redirect(reply.redirect, 303)
          : responseOf(reply)
      })
    }
    // Hono's own prints what it does not know.
    app.onError(error => ('getResponse' in error ? (error as HTTPException).getResponse() : failed()))
    return { server: createAdaptorServer({ fetch: app.fetch }) as Server }
  },
}

function failed(): Response {
  return new Response('failed', { status: 500 })
}
