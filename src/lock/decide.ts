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

/** Wake-ups get lost now and then; no waiter sleeps longer than this, unless very many wait. */
export const SAFETY_LOOK_MS = 1000
/** All waiters of a process together look so often at most: more would leave no time for the one whose turn it is. */
const LOOKS_PER_SECOND = 1000
/** A waiter counts as alive for so many looks. */
const LOOKS_OF_PATIENCE = 5
const PHP_FIRST_LOOK_MS = 5
const PHP_LAST_LOOK_MS = 100

/** Milliseconds between two looks of a waiter that hears nothing, in a process with so many waiters. */
export function restOf(waiters: number): number {
  return Math.max(SAFETY_LOOK_MS, (waiters * 1000) / LOOKS_PER_SECOND)
}

/** Milliseconds that a waiter counts as alive after a look. */
export function patienceOf(waiters: number): number {
  return LOOKS_OF_PATIENCE * restOf(waiters)
}

/**
 * What a waiter does next. Pure: time comes in, a decision comes out.
 *
 * @param dead the holder's process is known to be dead
 * @param heard wake-ups reach this process
 * @param rest milliseconds between two looks where nothing is heard, as `restOf` has them
 */
export function decide(
  look: Look,
  waited: Waited,
  limits: WaitLimits,
  dead: boolean,
  heard: boolean,
  rest: number = SAFETY_LOOK_MS,
): Decision {
  if (look.kind !== 'entering') {
    if (dead) return { event: 'break', because: 'dead' }
    if (waited.watched >= limits.breakAfter) return { event: 'break', because: 'overdue' }
  }
  const left = limits.breakAfter + limits.failAfter - waited.total
  if (left <= 0) return { event: 'give-up' }
  const overdue = look.kind === 'entering' ? left : limits.breakAfter - waited.watched
  return { event: 'sleep', ms: Math.max(Math.min(pause(look, heard, rest), overdue, left), 1) }
}

function pause(look: Look, heard: boolean, rest: number): number {
  if (look.kind === 'ours') {
    if (rest > SAFETY_LOOK_MS) return rest
    // One past the lease, so that the look finds it lapsed and not about to.
    return heard ? Math.min(rest, look.leaseLeft + 1) : PHP_LAST_LOOK_MS
  }
  // PHP wakes no waiter when it unlocks. The first in the queue looks often, and hands the lock on to the others.
  if (look.position > 0) return rest
  return Math.min(PHP_FIRST_LOOK_MS * 2 ** Math.min(look.looks, 10), PHP_LAST_LOOK_MS)
}
