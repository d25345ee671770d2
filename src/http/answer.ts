import { SessionError } from '../errors.ts'
import type { CommitOutcome } from '../outcome.ts'

/** An answer in place of the application's: nothing of it says what stands behind. */
export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

export function answerTo(error: unknown): Answer {
  const { status = 500, headers = {} } = error as { status?: number; headers?: Record<string, string> }
  const body =
    status === 503
      ? 'The service is busy. Please try again in a moment.\n'
      : 'Something went wrong with your session. Please try again later.\n'
  return { status, headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' }, body }
}

/**
 * For frameworks that answer with what an error says: one for visitors, with the properties that http-errors have. Its `cause`
 * is the original.
 */
export function forVisitors(error: unknown): Error {
  const { status, headers, body } = answerTo(error)
  const { 'Content-Type': _, ...rest } = headers
  const shown = new Error(body.trim(), { cause: error })
  return Object.assign(shown, { status, statusCode: status, headers: rest, expose: true })
}

/** `undefined` when all is well; why not, otherwise. */
export function errorOf(outcome: CommitOutcome): SessionError | undefined {
  // A bot that leaves no record has its page all the same, and so has a visitor about whom there is nothing to store.
  if (outcome.written || outcome.reason === 'bot' || outcome.reason === 'empty') return undefined
  return new SessionError('COMMIT_REFUSED', `The session was not stored: ${outcome.reason}.`, {
    status: 503,
    retryAfter: 1,
    cause: outcome.error,
  })
}
