import type { CommitRefused } from '../events.ts'
import { isOver } from '../session-rules.ts'
import type { Write } from '../store.ts'
import type { OpenRecord } from './open-record.ts'
import type { CommitOptions, CommitOutcome } from './outcome.ts'
import type { Ownership } from './ownership.ts'
import type { Encoding } from './stored-data.ts'
import type { Refusal, Succession } from './succession.ts'

/** What a commit stores, and what has to follow it. */
export interface Storing {
  record: OpenRecord
  succession: Succession
  ownership: Ownership
}

/** What came of it, and how that leaves the session, where it has ended. */
interface Stored {
  outcome: CommitOutcome
  leaves?: 'destroyed' | 'moved' | 'ended'
}

/**
 * Stores the data; where it is under a new id, the sessions under old ids end then, and one whose user was logged out
 * everywhere meanwhile is taken back. What was refused is reported.
 *
 * @param written hears that the record was written, before anything follows
 */
export async function store(
  { record, succession, ownership }: Storing,
  made: Encoding,
  { mode, keep, maxAge, retries }: CommitOptions & { mode: Write['mode']; keep: boolean },
  written: () => void,
): Promise<Stored> {
  const creates = mode === 'create'
  const committed = await record.commit(made, { mode, keep, maxAge }).catch(error => {
    // It is not known whether the new session is stored; the lock of an old one is given back.
    succession.abandon().catch(() => {})
    throw error
  })
  if (committed.outcome === 'refused') {
    const { reason, holder } = committed
    if (creates) await Promise.all([succession.abandon(), ownership.withdraw(reason === 'exists')])
    if (retries && reason === 'conflict') return { outcome: record.report.retried(holder) }
    const outcome = record.report.refused(reason, holder)
    // A new id may be taken; otherwise the session has ended, and this request begins no other one with its data.
    return isOver(reason) ? { outcome, leaves: creates ? 'destroyed' : over(reason) } : { outcome }
  }
  written()
  const regenerated = succession.pending
  const renamed = succession.isRotation ? 'rotated' : 'regenerated'
  const lives = await ownership.confirm().catch(error => {
    // The next commit looks again. No request waits for that.
    succession.abandon().catch(() => {})
    throw error
  })
  let refusal = lives ? undefined : LOGGED_OUT
  if (refusal) await succession.abandon()
  else if (regenerated) refusal = await succession.complete(record.identity.id, made.text)
  if (refusal) {
    // Nothing stays of the new one, whose id nobody knows. The old one may go on, and its user's list has to name it.
    if (record.known.stored) await record.takeBack()
    await (refusal.reason === 'destroyed' ? ownership.end(record) : ownership.withdraw())
    return { outcome: record.report.refused(refusal.reason, refusal.holder), leaves: over(refusal.reason) }
  }
  await ownership.settle(record)
  record.committed(made, creates ? (regenerated ? renamed : 'created') : undefined)
  return { outcome: { written: true, writes: committed.writes } }
}

function over(reason: CommitRefused): 'moved' | 'ended' {
  return reason === 'moved' ? 'moved' : 'ended'
}

const LOGGED_OUT: Refusal = { reason: 'destroyed' }
