import type { SessionError } from '../errors.ts'
import type { HandedOn, Store, Waiter } from '../store.ts'

interface Departure {
  name: string
  waiter: Waiter
  /** Monotonic ms; by then its place or lock has ended by itself. */
  ends: number
}

/**
 * Requests that give up a place or a lock, and do not wait for the answer.
 *
 * While the store is away they are kept for as long as a place in the queue lives, and a lock granted at its end. One of them asks now and then whether it is back: a lock that its
 * request could not give up holds up nobody for longer than the store is away.
 */
export class Departures {
  readonly #store: Store
  readonly #left: (name: string, left: HandedOn, waiter: Waiter) => void
  readonly #kept = new Map<string, Departure>()
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(store: Store, left: (name: string, left: HandedOn, waiter: Waiter) => void) {
    this.#store = store
    this.#left = left
  }

  leave(name: string, waiter: Waiter): void {
    void this.#try({ name, waiter, ends: performance.now() + PATIENCE_MS + waiter.lease })
  }

  forget(token: string): void {
    this.#kept.delete(token)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#kept.clear()
  }

  /** False while the store is away. What it refuses otherwise it would refuse again: that ends by itself. */
  async #try(departure: Departure): Promise<boolean> {
    const { name, waiter } = departure
    try {
      this.#left(name, await this.#store.leave(name, waiter), waiter)
    } catch (error) {
      if ((error as SessionError).code === 'STORE_UNAVAILABLE') {
        this.#keep(departure)
        return false
      }
    }
    return true
  }

  #keep(departure: Departure): void {
    if (this.#closed || this.#kept.size >= MOST_KEPT) return
    this.#kept.set(departure.waiter.token, departure)
    this.#timer ??= setTimeout(() => this.#again(), AGAIN_MS).unref()
  }

  async #again(): Promise<void> {
    const now = performance.now()
    for (const [token, { ends }] of this.#kept) {
      // In order of their coming, so of their end.
      if (ends > now) break
      this.#kept.delete(token)
    }
    const [first] = this.#kept.values()
    const back = first !== undefined && (await this.#try(first))
    this.#timer = undefined
    if (back) {
      const kept = [...this.#kept.values()].filter(departure => departure !== first)
      this.#kept.clear()
      for (const departure of kept) void this.#try(departure)
    } else if (this.#kept.size > 0 && !this.#closed) {
      this.#timer = setTimeout(() => this.#again(), AGAIN_MS).unref()
    }
  }
}

/** Milliseconds that a waiter counts as alive after a look, which comes once a second. */
export const PATIENCE_MS = 5000
const AGAIN_MS = 250
// As many as may wait in a process by default. More are refused by an outage in no time, and nearly all of them have nothing.
const MOST_KEPT = 10_000
