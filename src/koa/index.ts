import type { DefaultState, Middleware, ParameterizedContext } from 'koa'
import type { Sessions } from '../handler.ts'
import { forVisitors, isUnavailable } from '../http/answer.ts'
import { around } from '../http/around.ts'
import { setCookieWithHeaders } from '../http/cookie-header.ts'
import { createDoor, type DoorOptions, type RequestOptions } from '../http/door.ts'
import { onceGone } from '../http/gone.ts'
import { incomingOf } from '../http/incoming.ts'
import { Visit } from '../http/visit.ts'
import { WebSession } from '../http/web-session.ts'
import type { SessionData } from '../session/data.ts'

export type { WebSession }

/** Options of `session()`. `sessions` and `secret` are required. Koa's own setting `app.proxy` decides whether `X-Forwarded-Proto` is trusted to say that a request came over HTTPS. */
export interface KoaOptions<D extends object = SessionData>
  extends Omit<DoorOptions, 'sessions'>,
    RequestOptions<ParameterizedContext> {
  /** What `createSessions()` returns. */
  sessions: Sessions<D> | Sessions
}

/** What the middleware adds to `ctx`. */
export interface SessionContext<D extends object = SessionData> {
  /** The session of this request. */
  session: WebSession<D>
}

/**
 * Middleware for Koa: `ctx.session`. Once all that comes after it has ended, the session is stored, the lock given back and the
 * data frozen, before the headers leave. A stream that is then still to be sent has no session.
 *
 * A session that cannot be opened or stored is an error with the status 503 or 500, for the application's own handler or Koa's; its
 * `cause` is the `SessionError`. So is a `SessionError` that means 503 and comes out of a handler.
 *
 * @throws {TypeError} naming the option that is missing or impossible
 */
export function session<D extends object = SessionData>(
  options: KoaOptions<D>,
): Middleware<DefaultState, SessionContext<D>> {
  const door = createDoor(options)

  return async (ctx, next) => {
    if (ctx.session) return next()
    const gone = new AbortController()
    const incoming = incomingOf<ParameterizedContext>(door, options, ctx, {
      cookie: ctx.get('cookie'),
      userAgent: ctx.req.headers['user-agent'],
      method: ctx.method,
      host: ctx.host,
      url: ctx.originalUrl,
      upgrade: ctx.req.headers.upgrade,
      secure: ctx.secure,
      signal: gone.signal,
    })
    if (!incoming) return next()
    const visit = new Visit(door, incoming)
    onceGone(ctx.res, () => {
      if (!ctx.res.writableFinished) gone.abort()
    })

    try {
      await visit.open()
    } catch (error) {
      // Nobody is there to be told.
      if (gone.signal.aborted) return
      throw forVisitors(error)
    }
    ctx.session = new WebSession<D>(visit)
    let cookie: (() => string | undefined) | undefined
    setCookieWithHeaders(ctx.res, () => (cookie ? cookie() : visit.leave()))
    return around(
      visit,
      () => next().catch(hidden),
      ended => {
        cookie = () => ended.cookie
      },
      error => {
        cookie = () => undefined
        throw forVisitors(error)
      },
    )
  }
}

/** Koa would show a visitor what such an error says of the inside. */
function hidden(error: unknown): never {
  throw isUnavailable(error) ? forVisitors(error) : error
}
