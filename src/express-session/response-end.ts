import type { IncomingMessage, ServerResponse } from 'node:http'
import session from 'express-session'
import { throwUncaught } from './callback.ts'
import { holdBack } from './held-back.ts'
import { errorOf, type SessionRequest, type Visit } from './visit.ts'

/** Answers in place of the response that was about to go out. Nothing of that one has been sent. */
export type OnCommitError = (error: unknown, req: IncomingMessage, res: ServerResponse) => void

export interface EndOptions {
  /** Store the session first; if not, only take note of the end. */
  enabled: boolean
  refusedIsError: boolean
  onCommitError: OnCommitError | undefined
}

type End = (...args: unknown[]) => unknown

/**
 * Wraps `res.end` around express-session's own, to learn that a response ends and to store its session before its headers
 * go out: express-session sends all but the last byte first, and a client that follows a redirect at once comes too early.
 */
export function commitBeforeHeaders(
  req: SessionRequest,
  res: ServerResponse,
  current: () => Visit | undefined,
  options: EndOptions,
): void {
  const next = res.end as End
  let called = false

  function end(args: unknown[], visit: Visit | undefined): void {
    // Its cookie would take the place of the one that the visitor has got meanwhile.
    if (visit?.session.isOver) delete req.session
    const step = () => {
      next.apply(res, args)
    }
    try {
      if (visit) visit.close(req.session, step)
      else step()
    } finally {
      // express-session had nothing to store or touch: `req.session = null`, or a session of somebody else.
      visit?.release()
    }
  }

  res.end = function (this: ServerResponse, ...args: unknown[]): ServerResponse {
    // As node:http and express-session have it: the second call does nothing.
    if (called) return res
    called = true
    const visit = current()
    const sent = withoutCallback(res, args)
    if (visit) visit.ending = true
    const data = req.session
    if (!visit?.open || !options.enabled || data?.id !== visit.session.id) {
      end(sent, visit)
      return res
    }
    const letGo = holdBack(res)
    visit
      .finish(data)
      .then(
        outcome => {
          if (!outcome.written && outcome.reason === 'unserializable') restore(req, visit)
          return options.refusedIsError ? errorOf(outcome) : null
        },
        error => error,
      )
      .then(error => {
        letGo()
        if (!error) end(sent, visit)
        else if (res.headersSent) res.destroy()
        else answerInstead(error)
      })
      .catch(throwUncaught)
    return res
  } as ServerResponse['end']

  function answerInstead(error: unknown): void {
    res.end = function (this: ServerResponse, ...args: unknown[]): ServerResponse {
      // express-session shall neither try again nor send the cookie of a session that is not stored.
      delete req.session
      delete req.sessionID
      next.apply(res, withoutCallback(res, args))
      return res
    } as ServerResponse['end']
    if (options.onCommitError) options.onCommitError(error, req, res)
    else unavailable(error, req, res)
  }
}

/** express-session passes `chunk` and `encoding` on, and no callback. */
function withoutCallback(res: ServerResponse, args: unknown[]): unknown[] {
  const at = args.findIndex(arg => typeof arg === 'function')
  if (at < 0) return args
  res.once('finish', args[at] as () => void)
  return args.slice(0, at)
}

/** express-session serializes the session once more to compare it, and would throw. */
function restore(req: SessionRequest, visit: Visit): void {
  const { cookie } = req.session ?? {}
  const Session = session.Session as unknown as new (
    req: SessionRequest,
    data: object,
  ) => SessionRequest['session']
  req.session = new Session(req, { ...visit.stored, cookie })
}

function unavailable(error: unknown, req: SessionRequest, res: ServerResponse): void {
  const { status = 503, headers = {} } = error as { status?: number; headers?: Record<string, string> }
  for (const name of res.getHeaderNames()) res.removeHeader(name)
  delete req.session
  res.statusCode = status
  res.statusMessage = ''
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
  res.setHeader('Content-Type', 'text/plain; charset=utf-8')
  res.end('Your session could not be stored. Please try again.\n')
}
