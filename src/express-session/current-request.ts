import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'

// express-session calls `get(sid)` before anything else of the store and gives it no request, so that without node:http's
// diagnostics channel every application had to put a middleware of ours in front of `session()`.

export interface Exchange {
  req: IncomingMessage
  /** Undefined where nobody knows it. */
  res: ServerResponse | undefined
}

/** Emptied at the response's end: what a request leaves behind (timers, idle connections) keeps its context alive. */
interface Running {
  exchange: Exchange | undefined
}

const running = new AsyncLocalStorage<Running>()
let watching = false

/**
 * The request that the running code belongs to. express-session's `get(sid)` and `destroy(sid)` do not say, and without it
 * there is no access by route, no bot, and no leaving the queue when the client has gone.
 */
export function currentExchange(): Exchange | undefined {
  return running.getStore()?.exchange
}

/** The response that answers a request: Express's requests know it. */
export function responseOf(
  req: IncomingMessage & { res?: ServerResponse },
  exchange = currentExchange(),
): ServerResponse | undefined {
  return req.res ?? (exchange?.req === req ? exchange.res : undefined)
}

/** From now on every request of a node:http server is known, without a middleware. */
export function watchRequests(): void {
  if (watching) return
  watching = true
  subscribe('http.server.request.start', message => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse }
    running.enterWith(begun(request, response))
  })
}

/** Runs `next` as a part of this request, for those that no node:http server has made. */
export function asRequest(req: IncomingMessage, res: ServerResponse | undefined, next: () => void): void {
  running.run(begun(req, res), next)
}

function begun(req: IncomingMessage, res: ServerResponse | undefined): Running {
  const begun: Running = { exchange: { req, res } }
  res?.once('close', () => {
    begun.exchange = undefined
  })
  return begun
}
