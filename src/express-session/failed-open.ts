import type { IncomingMessage, ServerResponse } from 'node:http'
import { SessionError } from '../errors.ts'
import { sendAnswer } from '../http/answer.ts'
import { isGone } from '../http/gone.ts'
import { type Exchange, responseOf } from './current-request.ts'
import type { SessionRequest } from './visit.ts'

/** Answers a request that got no session. `next(error)` hands the error to express-session, and so to the application. */
export type OnOpenError = (
  error: unknown,
  req: IncomingMessage,
  res: ServerResponse,
  next: (error: unknown) => void,
) => void

/**
 * Answers in place of the application, which was not called yet: by default a plain 503 or 500. Express would print the stack of
 * each of these errors, and an outage has thousands.
 *
 * @param next express-session's callback. It hears of errors that are not ours, and where the application itself asked for a session
 */
export function answerFailedOpen(
  error: unknown,
  sid: string,
  exchange: Exchange | undefined,
  onOpenError: OnOpenError = (error, _req, res) => sendAnswer(res, error),
  next: (error: unknown) => void,
): void {
  const req = exchange?.req as SessionRequest | undefined
  const res = req && responseOf(req, exchange)
  // The middleware asks before the request has a session, and for the one of its cookie.
  const asked = req?.sessionID === sid && !req.session
  if (!(error instanceof SessionError) || !res || !asked || res.headersSent || isGone(res)) next(error)
  else onOpenError(error, req, res, next)
}
