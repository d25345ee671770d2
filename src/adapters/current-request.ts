import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'

export interface Exchange {
  req: IncomingMessage
  res: ServerResponse
}

const exchanges = new AsyncLocalStorage<Exchange>()
let watching = false

/**
 * The request that the running code belongs to. express-session's `get(sid)` and `destroy(sid)` do not say, and without it
 * there is no access by route, no bot, and no leaving the queue when the client has gone.
 */
export function currentExchange(): Exchange | undefined {
  return exchanges.getStore()
}

/** From now on every request of a node:http server is known, without a middleware. */
export function watchRequests(): void {
  if (watching) return
  watching = true
  subscribe('http.server.request.start', message => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse }
    exchanges.enterWith({ req: request, res: response })
  })
}

/** Runs `next` as a part of this request, for servers that the channel does not know, such as node:http2. */
export function asRequest(req: IncomingMessage, res: ServerResponse, next: () => void): void {
  exchanges.run({ req, res }, next)
}
