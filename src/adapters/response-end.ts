import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SessionRequest, Visit } from './visit.ts'

/** Answers in place of the response that was about to go out. Nothing of that one has been sent. */
export type OnCommitError = (error: unknown, req: IncomingMessage, res: ServerResponse) => void

interface EndOptions {
  enabled: boolean
  onCommitError: OnCommitError | undefined
}

/**
 * Wraps `res.end` around express-session's own, to learn that a response ends and to store its session before its headers
 * go out: express-session sends all but the last byte first, and a client that follows a redirect at once comes too early.
 */
export function commitBeforeHeaders(
  req: SessionRequest,
  res: ServerResponse,
  current: () => Visit | undefined,
  { enabled, onCommitError }: EndOptions,
): void {
  const end = res.end as (...args: unknown[]) => ServerResponse
  let ended = false
  res.end = function (this: ServerResponse, ...args: unknown[]): ServerResponse {
    const visit = current()
    if (ended || !visit) return end.apply(res, args)
    ended = true
    visit.ending = true
    const { session } = req
    if (enabled && visit.open && !res.headersSent && session?.save && visit.isModified(session)) {
      session.touch?.()
      session.save(error => {
        if (error) answer(error, req, res, onCommitError, end)
        else end.apply(res, args)
      })
      return res
    }
    const ending = end.apply(res, args)
    // express-session had nothing to store or touch: `req.session = null`, or a path that is not its own.
    visit.release()
    return ending
  } as ServerResponse['end']
}

function answer(
  error: unknown,
  req: IncomingMessage,
  res: ServerResponse,
  onCommitError: OnCommitError | undefined,
  end: (...args: unknown[]) => ServerResponse,
): void {
  res.end = end as ServerResponse['end']
  if (onCommitError) {
    onCommitError(error, req, res)
    return
  }
  const { status = 503, headers = {} } = error as { status?: number; headers?: Record<string, string> }
  for (const name of res.getHeaderNames()) res.removeHeader(name)
  res.statusCode = status
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
  res.setHeader('Content-Type', 'text/plain; charset=utf-8')
  res.end('Your session could not be stored. Please try again.\n')
}
