import type { Held } from '../store.ts'

/** What one look at Redis told a waiter. */
export interface Look extends Pick<Held, 'kind' | 'leaseLeft'> {
  /** Waiters of ours ahead. */
  position: number
  /** Looks so far at a holder that wakes nobody. */
  looks: number
}

/** Milliseconds, by this process's monotonic clock. */
export interface Waited {
  total: number
  /** Since this waiter first saw this holder. */
  watched: number
}

export interface WaitLimits {
  breakAfter: number
  failAfter: number
}

/** As an event of the waiter (`waiter.ts`): it sleeps before it looks again, breaks the lock, or waits no longer. */
export type Decision =
  | { event: 'sleep'; ms: number }
  | { event: 'break'; because: 'overdue' | 'dead' }
  | { event: 'give-up' }

/** Wake-ups get lost now and then; no waiter sleeps longer than this. */
export const SAFETY_LOOK_MS = 1000
const PHP_FIRST_LOOK_MS = 5
const PHP_LAST_LOOK_MS = 100

/**
 * What a waiter does next. Pure: time comes in, a decision comes out.
 *
 * @param dead the holder's process is known to be dead
 * @param heard wake-ups reach this process
 */
export function decide(
  look: Look,
  waited: Waited,
  limits: WaitLimits,
  dead: boolean,
  heard: boolean,
): Decision {
  if (look.kind !== 'entering') {
    if (dead) return { event: 'break', because: 'dead' }
    if (waited.watched >= limits.breakAfter) return { event: 'break', because: 'overdue' }
  }
  const left = limits.breakAfter + limits.failAfter - waited.total
  if (left <= 0) return { event: 'give-up' }
  const overdue = look.kind === 'entering' ? left : limits.breakAfter - waited.watched
  return { event: 'sleep', ms: Math.max(Math.min(pause(look, heard), overdue, left), 1) }
}

function pause(look: Look, heard: boolean): number {
  if (look.kind === 'ours') {
    // One past the lease, so that the look finds it lapsed and not about to.
    return heard ? Math.min(SAFETY_LOOK_MS, look.leaseLeft + 1) : PHP_LAST_LOOK_MS
  }
  // PHP wakes no waiter when it unlocks. The first in the queue looks often, and hands the lock on to the rest.
  if (look.position > 0) return SAFETY_LOOK_MS
  return Math.min(PHP_FIRST_LOOK_MS * 2 ** Math.min(look.looks, 10), PHP_LAST_LOOK_MS)
}
