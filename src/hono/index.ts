import type { Context, MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { matchedRoutes } from 'hono/route'
import type { Sessions } from '../handler.ts'
import { answerTo, isUnavailable, unavailable } from '../http/answer.ts'
import { around } from '../http/around.ts'
import { createDoor, type DoorOptions, type RequestOptions } from '../http/door.ts'
import { incomingOf, isForwardedSecure } from '../http/incoming.ts'
import { Visit } from '../http/visit.ts'
import { WebSession } from '../http/web-session.ts'
import type { SessionData } from '../session/data.ts'

export type { WebSession }

/** Options of `session()`. `sessions` and `secret` are required. */
export interface HonoOptions<D extends object = SessionData>
  extends Omit<DoorOptions, 'sessions'>,
    RequestOptions<Context> {
  /** What `createSessions()` returns. */
  sessions: Sessions<D> | Sessions
  /**
   * Trust a proxy's `X-Forwarded-Proto` to say that a request came over HTTPS; false by default: the URL of the request says it.
   */
  proxy?: boolean | undefined
}

/** For `new Hono<{ Variables: SessionVariables<YourData> }>()`. */
export interface SessionVariables<D extends object = SessionData> {
  /** The session of this request. */
  session: WebSession<D>
}

/**
 * Middleware for Hono: `c.var.session`. Once all that comes after it has ended, the session is stored, the lock given back and the
 * data frozen, before the headers leave. A stream that is then still to be sent has no session.
 *
 * A session that cannot be opened or stored is an `HTTPException` with the status 503 or 500 and a response of its own, for the
 * application's `onError` or Hono's; its `cause` is the `SessionError`. A `SessionError` that a handler throws comes to `onError`
 * as it is. Where that answers 500 to one that means 503, its page goes out with 503 and `Retry-After`.
 *
 * @throws {TypeError} naming the option that is missing or impossible
 */
export function session<D extends object = SessionData>(
  options: HonoOptions<D>,
): MiddlewareHandler<{ Variables: SessionVariables<D> }> {
  const door = createDoor(options)

  return async (c, next) => {
    if (c.get('session')) return next()
    const url = new URL(c.req.url)
    const { signal } = c.req.raw
    const incoming = incomingOf<Context>(door, options, c, {
      cookie: c.req.header('cookie'),
      userAgent: c.req.header('user-agent'),
      method: c.req.method,
      host: c.req.header('host') ?? url.host,
      url: url.pathname + url.search,
      route: routeOf(c),
      upgrade: c.req.header('upgrade'),
      secure: options.proxy
        ? isForwardedSecure(c.req.header('x-forwarded-proto'))
        : url.protocol === 'https:',
      signal,
    })
    if (!incoming) return next()
    const visit = new Visit(door, incoming)
    try {
      await visit.open()
    } catch (error) {
      // Nobody is there to be told.
      if (signal.aborted) return new Response(null, { status: 499 })
      throw exception(error)
    }
    c.set('session', new WebSession<D>(visit))
    await around(
      visit,
      next,
      ({ cookie }) => {
        // What the handler threw is answered by now: `onError` knows no 503 of ours.
        if (isUnavailable(c.error)) replace(c, unavailable(c.res, c.error))
        if (cookie !== undefined) c.header('Set-Cookie', cookie, { append: true })
      },
      error => {
        c.res.body?.cancel().catch(() => {})
        replace(c, new Response())
        throw exception(error)
      },
    )
  }
}

/** The pattern of the handler, which comes last. Middleware alone, as for an unknown path, has none that says more than the path. */
function routeOf(c: Context): string | undefined {
  const path = matchedRoutes(c).at(-1)?.path
  return path?.endsWith('*') ? undefined : path
}

function exception(error: unknown): HTTPException {
  const { status, body, headers } = answerTo(error)
  const res = new Response(body, { status, headers })
  return new HTTPException(status as 500 | 503, { res, message: body.trim(), cause: error })
}

/** Hono would give the headers of a response, a redirect's `Location` among them, to the one that comes in its place. */
function replace(c: Context, response: Response): void {
  c.res = undefined
  c.res = response
}
