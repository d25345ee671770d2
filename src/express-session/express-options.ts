import type { IncomingMessage } from 'node:http'
import type session from 'express-session'
import { type DoorOptions, described, type RequestOptions } from '../http/door.ts'
import { type Routed, routedPath } from '../http/routed-path.ts'
import type { OpenOptions } from '../session/open-options.ts'
import type { Access } from '../session/outcome.ts'
import type { OnOpenError } from './failed-open.ts'
import type { OnCommitError } from './response-end.ts'

export type Request = Parameters<ReturnType<typeof session>>[0]

/** Options of `expressStore`, each optional. */
export interface ExpressStoreOptions
  extends Pick<DoorOptions, 'refusedIsError'>,
    Pick<RequestOptions<Request>, 'describe' | 'keepsAlive'> {
  /** How a request uses its session: `exclusive` (default), `readonly` or `optimistic`. */
  access?: ((req: Request) => Access) | undefined
  /**
   * Store the session before the response's headers go out, so that a client that follows a redirect at once finds what
   * was stored. On by default. Responses that have begun with `res.write` are stored at their end.
   */
  commitBeforeHeaders?: boolean | undefined
  /**
   * Answers a request whose session could not be opened, before the application is called. By default a plain 503 or 500, with no
   * stack printed. Call `next(error)` for the application's own error handler.
   */
  onOpenError?: OnOpenError | undefined
  /**
   * Answers a request whose session could not be stored or given back, before its headers went out. By default a plain 503 or 500.
   * The cookie of a new session is not sent.
   */
  onCommitError?: OnCommitError | undefined
}

/** How this request's session is opened. */
export function openOptions(options: ExpressStoreOptions, req: IncomingMessage): OpenOptions {
  const { 'user-agent': userAgent } = req.headers
  return {
    access: options.access?.(req as Request) ?? 'exclusive',
    userAgent,
    request: options.describe?.(req as Request) ?? described(req.method, req.headers.host, pathOf(req)),
  }
}

/** The path, or the pattern of the route: Express does not know it yet when all requests open a session. */
function pathOf(req: IncomingMessage & Routed & { originalUrl?: string }): string {
  return routedPath(req) ?? req.originalUrl ?? req.url ?? ''
}
