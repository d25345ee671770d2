import { SessionError } from '../errors.ts'
import type { CommitRefused } from '../events.ts'
import type { Holder } from '../store.ts'

/**
 * - `exclusive` holds the lock from open to commit or release
 * - `readonly` takes no lock, does not wait and writes nothing
 * - `optimistic` takes no lock; its commit is refused with `conflict` if another request has committed since, or holds the lock
 */
export type Access = 'exclusive' | 'readonly' | 'optimistic'

/**
 * How a session stands to its record: as opened, or `unlocked` (locking is off), or `gave-up` (waited too long), or
 * `unrecorded` (a bot's, where those leave no record), or `moved` (it goes on under another id after a login or rotation), or `ended` (while
 * this request waited for it or worked on it, or its own new id was refused).
 */
export type Mode = Access | 'unlocked' | 'gave-up' | 'unrecorded' | 'moved' | 'ended'

const STRICTNESS: readonly Access[] = ['exclusive', 'optimistic', 'readonly']

/** What takes less of a record. */
export function stricter(one: Access, other: Access): Access {
  return STRICTNESS.indexOf(one) < STRICTNESS.indexOf(other) ? other : one
}

/** How `Session.commit` writes. */
export interface CommitOptions {
  /** Keep the lock, to go on and commit again; false by default. */
  keep?: boolean
  /** This request gave its lock back before: written only if no other has committed since and none holds the lock; false by default. */
  late?: boolean
  /** The caller reads afresh and commits again after a conflict, which is then told as no refusal; false by default. */
  retries?: boolean
  /** Seconds that the visitor's cookie lives from now on; the record will not outlive it. */
  maxAge?: number | undefined
  /** The data as text, where the caller has it already. */
  text?: string | undefined
}

/** What came of a commit. */
export type CommitOutcome =
  | {
      /** Redis has confirmed it. */
      written: true
      /** Commits of this session so far: the version of the data. */
      writes: number
    }
  | {
      /** Nothing was written. Where the session has ended (`destroyed`, `moved`), it may have been, before that. */
      written: false
      /**
       * `lock-lost` somebody else took the lock · `not-locked` it never had the lock, or gave it back · `destroyed` the
       * session has ended · `moved` it goes on under another id after a login or rotation · `conflict` another request committed first, or holds the lock · `exists` a new id that is taken ·
       * `read-only` · `bot` those leave no record · `too-large` over maxSize · `unserializable` · `out-of-memory` Redis's maxmemory ·
       * `empty` a new session without data
       */
      reason: CommitRefused
      /** Who has the lock, or took it and has let go of it since (`released`), where that is why. */
      holder?: Holder
      /** Why, where it is an error. */
      error?: unknown
    }

/** As an error, where a commit was refused; undefined when all is well. */
export function refusalOf(outcome: CommitOutcome): SessionError | undefined {
  // A bot that leaves no record has its page all the same, and so has a visitor about whom there is nothing to store.
  if (outcome.written || outcome.reason === 'bot' || outcome.reason === 'empty') return undefined
  return new SessionError('COMMIT_REFUSED', `The session was not stored: ${outcome.reason}.`, {
    status: 503,
    retryAfter: 1,
    cause: outcome.error,
  })
}
