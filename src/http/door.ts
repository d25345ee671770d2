import type { Sessions } from '../handler.ts'
import type { OpenOptions } from '../session/open-options.ts'
import type { Access } from '../session/outcome.ts'
import { type CookieFormat, type CookieOptions, cookieFormat, type OwnCookie, type Secret } from './cookie.ts'

/** What every door is told. */
export interface DoorOptions {
  /** What `createSessions()` returns. */
  sessions: Sessions<object>
  /**
   * Signs the cookie. A list rotates: the first signs, the others are still accepted and their cookies signed anew. Required, but not
   * for sessions with the option `php`, which take none: PHP does not sign.
   */
  secret?: Secret | readonly Secret[] | undefined
  /** Name of the cookie; `connect.sid` by default, as express-session has it, and PHP's with the option `php`. With `__Host-` in front it is bound to HTTPS and this host. */
  name?: string | undefined
  /** Attributes of the cookie. */
  cookie?: CookieOptions | undefined
  /** Set the cookie with every response, so that its `maxAge` begins anew; false by default, and true for a preset whose cookie has an age. */
  rolling?: boolean | undefined
  /**
   * Reject with `COMMIT_REFUSED`, for a 503, where a commit was refused: lock lost, session destroyed, too large. Off by
   * default: the refusal is an event and a log line, and the response goes out as it is.
   */
  refusedIsError?: boolean | undefined
}

/** What a door is told about requests of its framework. */
export interface RequestOptions<Request> {
  /** How a request uses its session: `exclusive` (default), `readonly`, `optimistic`, or false: it is not opened. */
  access?: ((request: Request) => Access | false | undefined) | undefined
  /**
   * Where Socket.IO or Engine.IO answers, as its own option `path`: `/socket.io/` by default. These requests are `readonly` where
   * `access` says nothing. `[]` for none.
   */
  sockets?: string | readonly string[] | undefined
  /** `breakAfter` and `failAfter`, in seconds, for routes that take longer than others or must not wait as long. */
  lock?: ((request: Request) => OpenOptions['lock']) | undefined
  /**
   * Whether this request logs out. Such a request waits for no lock: it opens its session without, and ends it no matter who holds
   * the lock.
   */
  logout?: ((request: Request) => boolean) | undefined
  /**
   * What others are told about a request while it holds the lock: it stands in Redis and in log lines. By default method, host
   * and, on Fastify, Hono and a route of Express with the session as its own middleware, the route's pattern, elsewhere the path
   * without the query. Give one where paths hold secrets, such as `/reset/<token>`.
   */
  describe?: ((request: Request) => string) | undefined
  /** Whether a request that changes nothing keeps its session alive. All do by default; a page that polls may say no. */
  keepsAlive?: ((request: Request) => boolean) | undefined
}

/** A door after its options. */
export interface Door {
  readonly sessions: Sessions
  readonly format: CookieFormat
  readonly rolling: boolean
  readonly refusedIsError: boolean
}

/** @throws {TypeError} naming the option that is missing or impossible */
export function createDoor(options: DoorOptions): Door {
  const { sessions, secret, name, cookie, refusedIsError = false } = options
  if (typeof sessions?.open !== 'function') {
    throw new TypeError('sessions: expected what createSessions() returns')
  }
  const { sharedCookie: shared } = sessions
  if (shared && secret !== undefined) {
    throw new TypeError(
      'secret: expected none for sessions with the option php, got one (the code): PHP does not sign its cookie. Leave it out',
    )
  }
  const withAge = { ...cookie, maxAge: cookie?.maxAge ?? shared?.maxAge }
  return {
    sessions: sessions as Sessions,
    format: shared ? cookieFormat(null, name ?? shared.name, withAge) : cookieFormat(secret, name, cookie),
    rolling: options.rolling ?? shared?.maxAge !== undefined,
    refusedIsError,
  }
}

/** One request, as its framework knows it. */
export interface Incoming {
  /** The header `Cookie`. */
  cookie: string | null | undefined
  userAgent: string | null | undefined
  /** `METHOD host/path`. */
  request: string
  /** It came over HTTPS, to this server or to a proxy that is trusted. */
  secure: boolean
  /** Aborted when the client goes away: a waiting request then leaves the queue. */
  signal?: AbortSignal | undefined
  access?: Access | undefined
  logout?: boolean | undefined
  lock?: OpenOptions['lock']
  keepsAlive?: boolean | undefined
  /** What a session that begins says about its own cookie. It is stored with it. */
  newCookie?: OwnCookie | undefined
  /** An id of the application's own making, for a session that begins. */
  newId?: (() => string) | undefined
}

/** `METHOD host/path` of a request. A client that sends a long host, or one with a "?", must not push the path out. */
export function described(method: string | undefined, host: string | undefined, path: string): string {
  return `${method} ${(host ?? '').replace(/[^\w.:[\]-]/g, '').slice(0, HOST_LENGTH)}${path}`
}

const HOST_LENGTH = 80

/** The path with its query. A proxy may ask for a whole address. */
export function pathOf(url: string): string {
  return url.replace(/^https?:\/\/[^/?#]*\/?/i, '/')
}

/**
 * Whether a request may last long, so that it only reads the session unless the application says otherwise: Engine.IO keeps its
 * polling requests open for 25 seconds, and a web socket lives for hours. The path decides, and nothing that a client may add to
 * another one, or it could choose that what it changes is not stored. That a GET asks for a web socket is believed.
 */
export function isLasting(
  method: string | undefined,
  path: string,
  upgrade: string | null | undefined,
  sockets: RequestOptions<never>['sockets'] = '/socket.io/',
): boolean {
  if (method === 'GET' && upgrade?.toLowerCase() === 'websocket') return true
  // Socket.IO may leave the last slash away.
  const asked = `${path.split('?', 1)[0]}/`
  const paths = typeof sockets === 'string' ? [sockets] : sockets
  return paths.some(each => asked.startsWith(each.endsWith('/') ? each : `${each}/`))
}
