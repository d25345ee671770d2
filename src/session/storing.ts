import type { Committed, Write } from '../store.ts'
import type { OpenRecord } from './open-record.ts'
import type { Ownership } from './ownership.ts'
import type { Encoding } from './stored-data.ts'
import type { Refusal, Succession } from './succession.ts'

/** What a commit stores, and what has to follow it. */
export interface Storing {
  record: OpenRecord
  succession: Succession
  ownership: Ownership
}

/** `undone`: the record was stored, and then taken back. */
export type Stored = Committed | ({ outcome: 'undone' } & Refusal)

/**
 * Stores the data; where it is under a new id, the sessions under old ids end then, and those whose user was logged out
 * everywhere meanwhile are taken back.
 *
 * @param written hears that the record was written, before anything follows
 */
export async function store(
  { record, succession, ownership }: Storing,
  made: Encoding,
  write: { mode: Write['mode']; keep: boolean; maxAge: number | undefined },
  written: () => void,
): Promise<Stored> {
  const creates = write.mode === 'create'
  const committed = await record.commit(made, write).catch(error => {
    // It is not known whether the new session is stored; the lock of an old one is given back.
    succession.abandon().catch(() => {})
    throw error
  })
  if (committed.outcome === 'refused') {
    if (creates) await Promise.all([succession.abandon(), ownership.withdraw()])
    return committed
  }
  written()
  const regenerated = succession.pending
  const refusal = creates && !(await ownership.confirm(record)) ? LOGGED_OUT : undefined
  if (refusal) await succession.abandon()
  const undone = refusal ?? (regenerated ? await succession.complete(made.json) : undefined)
  if (undone) {
    // Nothing stays of the new one, whose id nobody knows.
    if (record.known.stored) await record.takeBack()
    await ownership.end(record)
    return { outcome: 'undone', ...undone }
  }
  record.committed(made, creates ? (regenerated ? 'regenerated' : 'created') : undefined)
  return committed
}

const LOGGED_OUT: Refusal = { reason: 'destroyed' }
