import type { ServerResponse } from 'node:http'
import { answerTo } from '../http/answer.ts'
import { setCookieWithHeaders } from '../http/cookie-header.ts'
import type { Ended, Visit } from '../http/visit.ts'

type End = (...args: unknown[]) => ServerResponse

/** Answers in place of the response that was about to go out. Nothing of that one has been sent. */
export type OnError = (error: unknown) => void

/**
 * Ends the visit before the headers of its response leave, so that a client that follows a redirect at once finds what was
 * stored. Headers that leave earlier, in front of a stream, take the cookie along as far as it is known by then.
 */
export function endWithResponse(
  res: ServerResponse,
  visit: Visit,
  finish: () => Promise<Ended>,
  onError: OnError,
): void {
  const end = res.end as End
  let called = false
  let cookie: string | undefined

  setCookieWithHeaders(res, () => (called ? cookie : visit.leave()))

  res.end = ((...args: unknown[]) => {
    // As node:http has it: the second call does nothing.
    if (called) return res
    called = true
    const resume = pause(res)
    finish().then(
      ended => {
        resume()
        cookie = ended.cookie
        end.apply(res, args)
      },
      error => {
        resume()
        if (res.headersSent) res.destroy()
        else {
          res.end = end
          onError(error)
        }
      },
    )
    return res
  }) as ServerResponse['end']
}

/** What has ended stays as it is while its session is stored: `res.redirect(…); next()` changes nothing of it. */
function pause(res: ServerResponse): () => void {
  if (res.headersSent) return nothing
  const { statusCode, statusMessage, write, writeHead, flushHeaders } = res
  const headers = res.getHeaderNames().map(name => [name, res.getHeader(name)] as const)
  res.write = (() => false) as ServerResponse['write']
  res.writeHead = (() => res) as ServerResponse['writeHead']
  res.flushHeaders = nothing
  return () => {
    Object.assign(res, { statusCode, write, writeHead, flushHeaders })
    if (statusMessage !== undefined) res.statusMessage = statusMessage
    const kept = new Set(headers.map(([name]) => name))
    for (const name of res.getHeaderNames()) if (!kept.has(name)) res.removeHeader(name)
    for (const [name, value] of headers) {
      if (value !== undefined && res.getHeader(name) !== value) res.setHeader(name, value)
    }
  }
}

/** A plain answer that says nothing of the inside. */
export function sendAnswer(res: ServerResponse, error: unknown): void {
  const { status, headers, body } = answerTo(error)
  for (const name of res.getHeaderNames()) res.removeHeader(name)
  res.statusCode = status
  res.statusMessage = ''
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
  res.end(body)
}

function nothing(): void {}
