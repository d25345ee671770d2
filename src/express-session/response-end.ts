import type { IncomingMessage, ServerResponse } from 'node:http'
import session from 'express-session'
import { sendAnswer } from '../http/answer.ts'
import { beforeEnd } from '../http/paused-response.ts'
import { refusalOf } from '../session/outcome.ts'
import type { SessionRequest, Visit } from './visit.ts'

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
  const end = res.end as End
  let failed = false

  res.end = ((...args: unknown[]) => {
    const visit = current()
    // Its cookie would take the place of the one that the visitor has got meanwhile.
    if (failed || visit?.session.isOver) delete req.session
    // Neither is tried again what failed.
    if (failed) delete req.sessionID
    if (visit) visit.ending = true
    try {
      end.apply(res, withoutCallback(res, args))
    } finally {
      // express-session had nothing to store or touch: `req.session = null`, or a session of somebody else.
      visit?.release()
    }
    return res
  }) as ServerResponse['end']

  beforeEnd(
    res,
    () => {
      const visit = current()
      const data = req.session
      const stores = options.enabled && visit?.open && data?.id === visit.session.id
      return stores ? finish(visit, data) : undefined
    },
    error => {
      failed = true
      if (options.onCommitError) options.onCommitError(error, req, res)
      else sendAnswer(res, error)
    },
  )

  async function finish(visit: Visit, data: NonNullable<SessionRequest['session']>): Promise<void> {
    const outcome = await visit.finish(data)
    if (!outcome.written && outcome.reason === 'unserializable') restore(req, visit)
    const error = options.refusedIsError && refusalOf(outcome)
    if (error) throw error
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
