import type { CommitOutcome } from '../session/outcome.ts'

/** How a request has ended. */
export interface Ended {
  /** The value of a `Set-Cookie` header. */
  cookie: string | undefined
  outcome: CommitOutcome
}

/** Nothing was to be stored. */
export const NOTHING: CommitOutcome = { written: false, reason: 'empty' }

/** The session is stored as it is. */
export function asIs({ writes }: { writes: number }): CommitOutcome {
  return { written: true, writes }
}

/** For a failure of which an event tells, or the step that was asked for. */
export function told(): void {}
