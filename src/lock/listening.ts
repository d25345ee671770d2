import type { Emit } from '../events.ts'
import type { Found, Store } from '../store.ts'

/** From `start` on this process hears of its tokens: of a lock that was handed to one, or taken from it. */
export class Listening {
  readonly #store: Store
  readonly #nonce: string
  readonly #emit: Emit
  readonly #hears: (token: string, granted?: Found) => void
  #heard = false
  #failureReported = false

  constructor(store: Store, nonce: string, emit: Emit, hears: (token: string, granted?: Found) => void) {
    this.#store = store
    this.#nonce = nonce
    this.#emit = emit
    this.#hears = hears
  }

  /** Wake-ups reach this process. */
  get heard(): boolean {
    return this.#heard
  }

  /** Whether they do now. Where they cannot, that is reported once, and the next call tries again. */
  async start(): Promise<boolean> {
    try {
      await this.#store.listen(this.#nonce, this.#hears)
      this.#heard = true
      this.#failureReported = false
    } catch (error) {
      if (!this.#failureReported) this.#emit({ event: 'wakes-unheard', why: (error as Error).message })
      this.#failureReported = true
    }
    return this.#heard
  }
}
