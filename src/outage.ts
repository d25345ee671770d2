import { SessionError } from './errors.ts'
import type { Emit, RequestInfo } from './events.ts'

/** The outage of the store that lasts now. */
export interface CurrentOutage {
  /** When this process first met it. */
  since: Date
  /** Requests of this process that could not open or store their sessions so far. */
  refused: number
}

/** Failures of the store: one event when an outage begins, one when it ends, and one for each request that meets a failure. */
export class Outage {
  readonly #emit: Emit
  readonly #isWatched: boolean
  #began: { since: Date; at: number } | undefined
  /** Since the last outage. The first may be refused a moment before the outage is known. */
  #refused = 0

  /** @param isWatched the store says when an outage begins and ends, by `changed` */
  constructor(emit: Emit, isWatched: boolean) {
    this.#emit = emit
    this.#isWatched = isWatched
  }

  get current(): CurrentOutage | undefined {
    return this.#began && { since: this.#began.since, refused: this.#refused }
  }

  /** For the store. */
  changed(up: boolean, cause: Error | undefined): void {
    if (up) this.#end()
    else if (!this.#began) {
      this.#began = { since: new Date(), at: performance.now() }
      this.#emit({ event: 'store-down', why: cause?.message || 'the connection was closed' })
    }
  }

  #end(): void {
    if (!this.#began) return
    const lasted = performance.now() - this.#began.at
    const refused = this.#refused
    this.#began = undefined
    this.#refused = 0
    this.#emit({ event: 'store-up', lasted, refused })
  }

  /**
   * A step of a request failed. What is no failure of the store has events of its own.
   *
   * @param again this request was counted before
   */
  failed(during: string, error: unknown, request: RequestInfo, again = false): void {
    if (!(error instanceof SessionError) || !OF_THE_STORE.has(error.code)) return
    const outage = this.#isWatched && error.code === 'STORE_UNAVAILABLE'
    if (outage && !again) this.#refused += 1
    this.#emit({ event: 'store-failed', during, error, outage, ...request })
  }
}

const OF_THE_STORE = new Set(['STORE_UNAVAILABLE', 'STORE_REFUSED', 'RECORD_TYPE', 'RECORD_VERSION'])
