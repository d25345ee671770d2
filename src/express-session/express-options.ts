import type { IncomingMessage } from 'node:http'
import type session from 'express-session'
import type { OpenOptions } from '../open-options.ts'
import type { Access } from '../outcome.ts'
import type { OnCommitError } from './response-end.ts'

export type Request = Parameters<ReturnType<typeof session>>[0]

export interface ExpressStoreOptions {
  /** How a request uses its session: `exclusive` (default), `readonly` or `optimistic`. */
  access?: (req: Request) => Access
  /**
   * What others are told of a request while it holds the lock: it stands in Redis and in log lines. By default method, host and
   * path without the query; the route's pattern in place of the path where Express knows it, which it does not yet when a
   * session is opened. Give one where paths hold secrets, such as `/reset/<token>`.
   */
  describe?: (req: Request) => string
  /** Whether a request that changes nothing keeps its session alive. All do by default; a page that polls may say no. */
  keepsAlive?: (req: Request) => boolean
  /**
   * Store the session before the response's headers go out, so that a client that follows a redirect at once finds what
   * was stored. On by default. Responses that have begun with `res.write` are stored at their end.
   */
  commitBeforeHeaders?: boolean
  /**
   * Treat a refused commit (lock lost, session destroyed, too large …) as an error too. Off by default: it is an event and a
   * log line, and the response goes out as it is. A store that fails is always an error.
   */
  refusedIsError?: boolean
  /**
   * Answers a request whose session could not be stored or given back, before its headers went out. By default a plain 503.
   * The cookie of a new session is not sent.
   */
  onCommitError?: OnCommitError
}

/** How this request's session is opened. */
export function openOptions(options: ExpressStoreOptions, req: IncomingMessage): OpenOptions {
  const { 'user-agent': userAgent } = req.headers
  return {
    access: options.access?.(req as Request) ?? 'exclusive',
    userAgent,
    request: options.describe?.(req as Request) ?? described(req as Routed),
  }
}

type Routed = IncomingMessage & { originalUrl?: string; baseUrl?: string; route?: { path?: unknown } }

function described(req: Routed): string {
  const { route, baseUrl = '', originalUrl = req.url ?? '' } = req
  const path = typeof route?.path === 'string' ? `${baseUrl}${route.path}` : originalUrl
  // Whoever sends a long host, or one with a "?", must not push the path out.
  const host = (req.headers.host ?? '').replace(/[^\w.:[\]-]/g, '').slice(0, HOST_LENGTH)
  return `${req.method} ${host}${path}`
}

const HOST_LENGTH = 80
