import type { IncomingMessage, ServerResponse } from 'node:http'
import { sendAnswer } from '../http/answer.ts'
import { type Done, throwUncaught } from '../http/callback.ts'
import type { CookieOptions, OwnCookie } from '../http/cookie.ts'
import {
  createDoor,
  type Door,
  type DoorOptions,
  described,
  isLasting,
  pathOf,
  type RequestOptions,
} from '../http/door.ts'
import type { Ended } from '../http/ended.ts'
import { isGone, onceGone } from '../http/gone.ts'
import { type Routed, routedPath } from '../http/routed-path.ts'
import { Visit } from '../http/visit.ts'
import { asRequestOf } from '../session/own-request.ts'
import { Cookie, type ExpressCookieOptions, ownCookieOf } from './cookie.ts'
import { remember } from './host.ts'
import { afterEnd, begin, type Host, RequestSession, type SessionRequest } from './request-session.ts'
import { endWithResponse } from './response.ts'
import { SessionStore } from './store.ts'

export type { CookieOptions, OwnCookie, Secret } from '../http/cookie.ts'
export type { SessionCookie, SessionMethods, SessionOfRequest } from './types.ts'
export { Cookie, type ExpressCookieOptions, RequestSession, SessionStore }

type Request = IncomingMessage & Routed & { originalUrl?: string; secure?: boolean; sessionID?: string }

/** Options of `session()`. `sessions` and `secret` are required. */
export interface ExpressOptions<Req extends IncomingMessage = Request>
  extends Omit<DoorOptions, 'cookie'>,
    RequestOptions<Req> {
  /**
   * Attributes of the cookie. A function is asked for each request, and a session that begins keeps what it said. Requests
   * outside of the cookie's `path` have no session.
   */
  cookie?: ExpressCookieOptions | ((req: Req) => ExpressCookieOptions) | undefined
  /** Makes the ids of sessions; random ones by default. */
  genid?: ((req: Req) => string) | undefined
  /**
   * Whether `X-Forwarded-Proto` of a proxy says that a request came over HTTPS. By default Express's own setting
   * `trust proxy` decides.
   */
  proxy?: boolean | undefined
  /** What `req.session = null` does: `keep` (default) leaves the session as it was, `destroy` ends it. */
  unset?: 'keep' | 'destroy' | undefined
  /**
   * Answers a request whose session could not be opened or stored: by default a plain 503 or 500. Nothing of the response was
   * sent, and no cookie goes with this one. Call `next(error)` for the application's own handler.
   */
  onError?: ((error: unknown, req: Req, res: ServerResponse, next: Done) => void) | undefined
  /** Sessions that did not change are never written. `false` is accepted, because express-session asks for it. */
  resave?: false | undefined
  /** Empty sessions are never stored. `false` is accepted, because express-session asks for it. */
  saveUninitialized?: false | undefined
}

/**
 * Middleware for Express and connect, in place of express-session: the same `req.session`, with a lock.
 *
 * @throws {TypeError} naming the option that is missing or impossible
 */
export function session<Req extends IncomingMessage = Request>(options: ExpressOptions<Req>) {
  refuse(options)
  const { genid, unset, proxy, onError, cookie = {} } = options
  const sharedAge = options.sessions?.sharedCookie?.maxAge
  const usual: ExpressCookieOptions = sharedAge === undefined ? {} : { maxAge: sharedAge * 1000 }
  const fixed = typeof cookie === 'function' ? usual : { ...usual, ...cookie }
  const defaults = ownCookieOf(fixed)
  const door = createDoor({ ...options, cookie: doorCookie(defaults) })
  const cookieFor = typeof cookie === 'function' ? (req: Req) => ownCookieOf(cookie(req)) : undefined
  const store = new SessionStore(door.sessions)

  return (req: IncomingMessage, res: ServerResponse, next: Done): void => {
    const request = req as SessionRequest & Request
    const url = pathOf(request.originalUrl ?? req.url ?? '')
    if (request.session) {
      next()
      return
    }
    // A point in time comes nearer with each request.
    const cookieDefaults = cookieFor?.(req as Req) ?? (fixed.expires ? ownCookieOf(fixed) : defaults)
    if (!url.startsWith(cookieDefaults.path ?? '/')) {
      next()
      return
    }
    const lasts = isLasting(req.method, url, req.headers.upgrade, options.sockets)
    // What handles web sockets may hand in an empty object, which tells of no end: nobody would give a lock back.
    const answers = typeof res.once === 'function'
    // Socket.IO's for a web socket tells of its end, and can say nothing.
    const speaks = typeof res.getHeaderNames === 'function'
    const access = options.access?.(req as Req) ?? (lasts && answers ? 'readonly' : 'exclusive')
    if (access === false) {
      next()
      return
    }

    const gone = new AbortController()
    const secure = isSecure(request, proxy)
    const newCookie = () => cookieFor?.(req as Req)
    const visit = new Visit(cookieFor || fixed.expires ? withCookie(door, cookieDefaults) : door, {
      cookie: req.headers.cookie,
      userAgent: req.headers['user-agent'],
      request:
        options.describe?.(req as Req) ?? described(req.method, req.headers.host, routedPath(request) ?? url),
      secure,
      signal: gone.signal,
      access: !answers && access === 'exclusive' ? 'optimistic' : access,
      logout: options.logout?.(req as Req),
      lock: options.lock?.(req as Req),
      keepsAlive: options.keepsAlive?.(req as Req),
      newId: genid && (() => genid(req as Req)),
      newCookie: cookieFor && cookieDefaults,
    })
    const host: Host = { req: request, visit, cookieDefaults, newCookie, isSecure: secure }
    const fail = (error: unknown) => {
      if (!answers || !speaks) next(error)
      else if (res.destroyed) return
      else if (!onError) sendAnswer(res, error)
      // What goes wrong in it is an error of this request, and not of the process.
      else new Promise(done => done(onError(error, req as Req, res, next))).catch(next).catch(throwUncaught)
    }
    if (!answers || isGone(res)) visit.drop()
    else
      onceGone(res, () => {
        // Where nobody waits any more, an abort is 7 µs for nothing.
        if (!res.writableFinished) gone.abort()
        visit.drop()
      })
    request.sessionStore = store

    visit
      .open()
      .then(session => {
        begin(host)
        request.sessionID = session.id
        remember(host)
        if (answers && speaks) endWithResponse(res, visit, () => finish(host, unset), fail)
        asRequestOf(() => visit.opened, next)
      }, fail)
      .catch(throwUncaught)
  }
}

/** The handler has ended the response, and so its session as it stands in `req.session`. */
async function finish({ req, visit }: Host, unset: ExpressOptions['unset']): Promise<Ended> {
  const current = req.session
  if (current === undefined || current === null) {
    if (unset === 'destroy') await visit.destroy()
    return visit.end({ discard: true })
  }
  visit.session.data = current as typeof visit.session.data
  const ended = await visit.end()
  if (current instanceof RequestSession) req.session = afterEnd(current, () => visit.session.changedTooLate())
  return ended
}

function doorCookie({ originalMaxAge, expires: _, ...attributes }: OwnCookie): CookieOptions {
  return { ...attributes, maxAge: originalMaxAge === null ? undefined : originalMaxAge / 1000 }
}

/** The door of one request, whose cookie is not that of all others. */
function withCookie(door: Door, cookie: OwnCookie): Door {
  const originalMaxAge = cookie.originalMaxAge === null ? null : Math.max(cookie.originalMaxAge, 1)
  return { ...door, format: { ...door.format, options: doorCookie({ ...cookie, originalMaxAge }) } }
}

function isSecure(req: Request, proxy: boolean | undefined): boolean {
  if ((req.socket as { encrypted?: boolean }).encrypted) return true
  if (proxy === undefined) return req.secure === true
  const forwarded = String(req.headers['x-forwarded-proto'] ?? '')
  return proxy && forwarded.split(',')[0]?.trim().toLowerCase() === 'https'
}

/** Options of express-session that this middleware cannot mean. @throws {TypeError} that says what to do instead */
function refuse(options: object): void {
  const { store, resave, saveUninitialized, key, genid, unset } = options as Record<string, unknown>
  if (store !== undefined) {
    throw new TypeError(
      'session() of latchkey/express takes `sessions` in place of `store`: sessions: createSessions()',
    )
  }
  if (key !== undefined) throw new TypeError('session() takes `name` in place of `key`')
  if (genid !== undefined && typeof genid !== 'function')
    throw new TypeError(`genid: expected a function, got ${typeof genid}`)
  if (unset !== undefined && unset !== 'keep' && unset !== 'destroy') {
    throw new TypeError(`unset: expected 'keep' or 'destroy', got ${unset}`)
  }
  if (resave === true) {
    throw new TypeError(
      'resave: true would write over what other requests stored. Leave it out: what changed is written',
    )
  }
  if (saveUninitialized === true) {
    throw new TypeError(
      'saveUninitialized: true would store a session for each bot. Leave it out, and store something in the session',
    )
  }
}
