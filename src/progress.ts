import type { Emit, ReleasedBecause, RequestInfo, StoreStep } from './events.ts'

/** A session as it was opened. */
interface Opened {
  handle: { request: RequestInfo }
  mode: string
  /** Undefined for a session that is not stored yet, or that has ended. */
  found: { data: Buffer | undefined } | undefined
}

/**
 * Reports what goes well: the one place where these events are made.
 *
 * PROMISE  Without a listener it builds nothing and reads no clock: each method asks for that first.
 */
export class Progress {
  readonly #isHeard: () => boolean
  readonly #emit: Emit

  /** @param isHeard whether anybody listens now */
  constructor(isHeard: () => boolean, emit: Emit) {
    this.#isHeard = isHeard
    this.#emit = emit
  }

  opened({ handle, mode, found }: Opened): void {
    if (!this.#isHeard()) return
    const isNew = found === undefined && mode !== 'moved' && mode !== 'ended'
    const bytes = found?.data?.length ?? 0
    this.#emit({ event: 'session-opened', access: mode, isNew, bytes, ...handle.request })
  }

  /** @param waited milliseconds; 0 where the lock was free */
  acquired(request: RequestInfo, waited: number): void {
    if (this.#isHeard()) this.#emit({ event: 'lock-acquired', waited, ...request })
  }

  /** @param since monotonic ms of the grant */
  released(request: RequestInfo, since: number, because: ReleasedBecause): void {
    if (!this.#isHeard()) return
    this.#emit({ event: 'lock-released', heldFor: performance.now() - since, because, ...request })
  }

  /**
   * @param bytes after compression
   * @param kept the request kept its lock
   */
  committed(
    request: RequestInfo,
    writes: number,
    bytes: number,
    kept: boolean,
    as: 'created' | 'regenerated' | 'rotated' | undefined,
  ): void {
    if (!this.#isHeard()) return
    if (as) this.#emit({ event: `session-${as}`, ...request })
    this.#emit({ event: 'session-committed', writes, bytes, kept, ...request })
  }

  destroyed(request: RequestInfo): void {
    if (this.#isHeard()) this.#emit({ event: 'session-destroyed', ...request })
  }

  /** When a step of the store began, in monotonic ms; undefined without a listener. */
  begun(): number | undefined {
    return this.#isHeard() ? performance.now() : undefined
  }

  /** @param began what `begun` said */
  answered(
    request: RequestInfo,
    step: StoreStep,
    began: number,
    outcome: string | undefined,
    failed: boolean,
  ) {
    const took = performance.now() - began
    this.#emit({ event: 'store-answered', step, took, outcome, failed, ...request })
  }
}
