import type { CommitOutcome } from './session/outcome.ts'
import type { Session } from './session.ts'

export type Change<D extends object> = (data: D) => void | Promise<void>

/**
 * Changes the data of an optimistic session, again and again until nobody has committed in between.
 *
 * @param open opens the session
 * @param locking whether the lock can be waited for after a few conflicts
 */
export async function update<D extends object>(
  open: () => Promise<Session<D>>,
  change: Change<D>,
  locking: boolean,
): Promise<CommitOutcome> {
  const outcome = await changed(await open(), change, locking)
  if (outcome.written || outcome.reason !== 'moved') return outcome
  // After a rotation its id leads to where it goes on.
  const next = await open()
  if (!next.isNew && !next.isOver) return changed(next, change, locking)
  await next.release({ touch: false })
  return outcome
}

async function changed<D extends object>(
  session: Session<D>,
  change: Change<D>,
  locking: boolean,
): Promise<CommitOutcome> {
  const last = locking ? OPTIMISTIC_ATTEMPTS + 1 : UNLOCKED_ATTEMPTS
  let found = !session.isNew
  for (let attempt = 1; found; attempt += 1) {
    await orRelease(session, async () => change(session.data))
    const outcome = await session.commit({ retries: attempt < last })
    // A bot that may take no lock goes on to be refused while somebody else has it.
    if (outcome.written || outcome.reason !== 'conflict' || attempt === last) return outcome
    if (attempt > OPTIMISTIC_ATTEMPTS) await somePause(attempt - OPTIMISTIC_ATTEMPTS)
    const waits = locking && attempt === OPTIMISTIC_ATTEMPTS
    found = await orRelease(session, () => (waits ? session.upgrade() : session.reload()))
  }
  // Without the lock that it waited for it is refused, and told so.
  if (session.access === 'gave-up') return session.commit()
  await session.release({ touch: false })
  return { written: false, reason: 'destroyed' }
}

async function orRelease<T>(session: Session<object>, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    await session.release({ touch: false })
    throw error
  }
}

/** So that those who are in each other's way are so no longer. */
function somePause(nth: number): Promise<void> {
  const ms = Math.random() * Math.min(2 ** nth, LONGEST_PAUSE_MS)
  return new Promise(resolve => setTimeout(resolve, ms))
}

const OPTIMISTIC_ATTEMPTS = 4
// With the longest pause 5 s on average: a PHP request that holds the lock has mostly ended by then.
const UNLOCKED_ATTEMPTS = 100
const LONGEST_PAUSE_MS = 100
