import type { CommitOutcome } from '../session/outcome.ts'

/** How a request has ended. */
export interface Ended {
  /** The value of a `Set-Cookie` header. */
  cookie: string | undefined
  outcome: CommitOutcome
}

/** Nothing was to be stored. */
export const NOTHING: CommitOutcome = { written: false, reason: 'empty' }

/** For a failure of which an event tells, or the step that was asked for. */
export function told(): void {}
