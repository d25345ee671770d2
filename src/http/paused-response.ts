import type { ServerResponse } from 'node:http'
import { throwUncaught } from './callback.ts'

type End = (...args: unknown[]) => unknown

/**
 * Puts a step in front of the end of a response, so that a client that follows a redirect at once finds what was stored.
 * Meanwhile the response is as its handler has ended it, but `headersSent` and `writableEnded` are still false.
 *
 * @param step the first call of `res.end` runs it. Undefined: there is nothing to wait for
 * @param onError answers in place of a response of which nothing was sent; one that has begun is cut
 */
export function beforeEnd(
  res: ServerResponse,
  step: () => Promise<void> | undefined,
  onError: (error: unknown) => void,
): void {
  const end = res.end as End
  let called = false
  let failed = false

  res.end = ((...args: unknown[]) => {
    // As node:http has it: the second call does nothing.
    if (called) return res
    called = true
    const taken = failed ? undefined : step()
    if (!taken) {
      send(args)
      return res
    }
    const resume = pause(res)
    taken
      .then(
        () => {
          resume()
          send(args)
        },
        error => {
          resume()
          if (res.headersSent) res.destroy()
          else {
            failed = true
            called = false
            onError(error)
          }
        },
      )
      .catch(throwUncaught)
    return res
  }) as ServerResponse['end']

  function send(args: unknown[]): void {
    end.apply(res, args)
    // Only where there is still a body to wait for.
    if (res.headersSent && !res.req?.complete) Object.assign(res, GONE)
  }
}

/**
 * What an error handler does that began while the response was paused, and so found that no headers were sent. Express's waits
 * for the rest of the request, and then sets headers: node:http would throw where nobody catches it.
 */
const GONE = { setHeader: same, setHeaders: same, appendHeader: same, removeHeader: nothing, writeHead: same }

/** What has ended stays as it is while its session is stored: `res.redirect(…); next()` changes nothing of it. */
function pause(res: ServerResponse): () => void {
  if (res.headersSent) return nothing
  const { statusCode, statusMessage, write, writeHead, flushHeaders } = res
  const headers = res.getHeaders()
  res.write = unheard
  res.writeHead = same
  res.flushHeaders = nothing
  return () => {
    res.write = write
    res.writeHead = writeHead
    res.flushHeaders = flushHeaders
    res.statusCode = statusCode
    if (statusMessage !== undefined) res.statusMessage = statusMessage
    for (const name of res.getHeaderNames()) if (!(name in headers)) res.removeHeader(name)
    for (const name in headers) {
      const value = headers[name]
      if (value !== undefined && res.getHeader(name) !== value) res.setHeader(name, value)
    }
  }
}

function unheard(): boolean {
  return false
}

function nothing(): void {}

function same<T>(this: T): T {
  return this
}
