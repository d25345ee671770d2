import { ConcurrentConnectionsExceeded } from '../errors.ts'
import type { Emit, RequestInfo } from '../events.ts'
import type { Acquired, Holder } from '../store.ts'

/** Reports what happens to a request that asks for a lock, by events. Times are in milliseconds. */
export class WaitReport {
  readonly #emit: Emit
  readonly #request: RequestInfo

  constructor(emit: Emit, request: RequestInfo) {
    this.#emit = emit
    this.#request = request
  }

  slow(waited: number, holder: Holder): void {
    this.#emit({ event: 'lock-slow', waited, holder, ...this.#request })
  }

  granted(waited: number, holder: Holder): void {
    this.#emit({ event: 'lock-waited', waited, holder, ...this.#request })
  }

  aborted(waited: number): void {
    this.#emit({ event: 'wait-aborted', waited, ...this.#request })
  }

  gaveUp(waited: number, holder: Holder, giveUp: 'proceed' | 'throw'): void {
    this.#emit({ event: 'lock-given-up', waited, holder, giveUp, ...this.#request })
  }

  /** This request's look took the lock from somebody, for itself or for the head of the queue. */
  taken(seen: Acquired, watched: number, because: 'overdue' | 'dead' = 'overdue'): void {
    if ((seen.outcome !== 'granted' && seen.outcome !== 'queued') || !seen.took) return
    const { from: holder } = seen.took
    if (seen.took.because === 'reset') this.#emit({ event: 'lock-reset', holder, ...this.#request })
    else if (seen.took.because === 'lapsed') this.#emit({ event: 'lock-lapsed', holder, ...this.#request })
    else this.#emit({ event: 'lock-broken', holder, because, watched, ...this.#request })
  }

  /** Too many wait for this session, or in this process. The error is for the caller to throw. */
  crowded(limit: 'session' | 'process', waiters: number, holder: Holder): ConcurrentConnectionsExceeded {
    this.#emit({ event: 'concurrency-exceeded', limit, waiters, holder, ...this.#request })
    return new ConcurrentConnectionsExceeded(waiters, limit === 'session' ? holder : undefined)
  }
}
