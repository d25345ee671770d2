import type { Holder, Store } from '../store.ts'
import { createOwner } from './owner.ts'

/**
 * What became of a lock that a person wanted to break.
 * `broken` its former holder cannot write any more, and the first waiter has the lock · `free` nobody held it · `entering` a PHP
 * neighbour is just taking it · `changed` another request got it in between · `missing` there is no such session
 */
export type BrokenByHand =
  | { outcome: 'broken'; holder: Holder }
  | { outcome: 'free' | 'entering' | 'changed' | 'missing' }

/** Long enough for one step and the next. */
const LEASE_MS = 5000
const GRANT_MS = 1000

/**
 * Breaks a lock as a waiter does that has watched its holder for too long: in one step, and only if that holder still has it.
 * The lock goes to the head of the queue.
 *
 * @param request who does it: the former holder's log shows this as who took the lock
 * @throws {SessionError} as the store does
 */
export async function breakByHand(store: Store, name: string, request: string): Promise<BrokenByHand> {
  const seen = await store.inspect(name)
  if (!seen) return { outcome: 'missing' }
  const { holder } = seen
  if (!holder) return { outcome: 'free' }
  if (holder.kind === 'entering') return { outcome: 'entering' }
  const waiter = { token: createOwner().token(), request, lease: LEASE_MS, grant: GRANT_MS }
  const breaks = { token: holder.token, writes: undefined }
  const got = await store.acquire(name, { ...waiter, patience: GRANT_MS, maxWaiters: 0, breaks })
  if (got.outcome === 'granted') await store.release(name, waiter)
  if (got.outcome === 'queued') await store.leave(name, { ...waiter, arrival: got.arrival })
  if (got.outcome === 'missing' || got.outcome === 'gone') return { outcome: 'missing' }
  if ('took' in got && got.took) return { outcome: 'broken', holder: got.took.from }
  return { outcome: got.outcome === 'granted' ? 'free' : 'changed' }
}
