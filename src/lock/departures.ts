import type { SessionError } from '../errors.ts'
import type { HandedOn, Store, Waiter } from '../store.ts'
import { patienceOf } from './decide.ts'
import type { Waiters } from './waiters.ts'

interface Departure {
  name: string
  waiter: Waiter
  /** Monotonic ms; by then its place or lock has ended by itself. */
  ends: number
}

/**
 * Requests that give up a place or a lock, and do not wait for the answer; and what becomes of a lock that a step handed on.
 *
 * While the store is away they are kept for as long as a place in the queue lives, and a lock granted at its end. One of them
 * asks now and then whether it is back: a lock that its request could not give up holds up nobody for longer than the store is
 * away.
 */
export class Departures {
  readonly #store: Store
  readonly #waiters: Waiters
  readonly #isHolder: (token: string) => boolean
  readonly #kept = new Map<string, Departure>()
  #timer: NodeJS.Timeout | undefined
  #closed = false

  /** @param isHolder whether a request of this process holds a lock by this token */
  constructor(store: Store, waiters: Waiters, isHolder: (token: string) => boolean) {
    this.#store = store
    this.#waiters = waiters
    this.#isHolder = isHolder
  }

  /** Tells the request of this process that `by`'s step handed the lock to. Where that one has ended, the lock goes on. */
  handOn(name: string, { next, wake }: HandedOn, by: Waiter): void {
    if (wake) this.#waiters.wake(wake)
    if (!next || this.#waiters.hand(next.token, next.found)) return
    // A request that has just got its lock is counted among the holders a moment later.
    setImmediate(() => {
      if (!this.#isHolder(next.token))
        this.leave(name, { ...by, token: next.token, request: '', arrival: NO_PLACE })
    })
  }

  /** Gives up a place or a lock. */
  leave(name: string, waiter: Waiter): void {
    void this.#try({ name, waiter, ends: performance.now() + patienceOf(this.#waiters.size) + waiter.lease })
  }

  /** It gives up nothing after all, unless that is on its way. */
  stay(token: string): void {
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
      this.handOn(name, await this.#store.leave(name, waiter), waiter)
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

/** As an arrival: it was taken out of the queue with its lock. */
export const NO_PLACE = 0
const AGAIN_MS = 250
// As many as may wait in a process by default. More are refused by an outage in no time, and nearly all of them have nothing.
const MOST_KEPT = 10_000
