import type { Lost, Store } from '../store.ts'
import type { Hold } from './hold.ts'

/**
 * The locks that this process holds. Those that are held for long have their leases renewed, all in one go, so that only
 * a process that is dead, or whose event loop stands still, loses a lock to time.
 */
export class Leases {
  readonly #store: Store
  readonly #lease: number
  readonly #events: LeaseEvents
  readonly #holds = new Set<Hold>()
  #timer: NodeJS.Timeout | undefined
  #drained: (() => void) | undefined

  constructor(store: Store, lease: number, events: LeaseEvents) {
    this.#store = store
    this.#lease = lease
    this.#events = events
  }

  get size(): number {
    return this.#holds.size
  }

  has(token: string): boolean {
    for (const hold of this.#holds) if (hold.token === token) return true
    return false
  }

  add(hold: Hold): void {
    this.#holds.add(hold)
    // A third of the lease: a renewal may fail once and the next one still comes in time.
    this.#timer ??= setInterval(() => void this.#turn(), this.#lease / 3).unref()
  }

  delete(hold: Hold): void {
    this.#holds.delete(hold)
    if (this.#holds.size === 0) this.#drained?.()
  }

  /** Waits until nobody holds a lock any more, `grace` ms at most, and answers who still does. */
  async drain(grace: number): Promise<Hold[]> {
    if (this.#holds.size > 0 && grace > 0) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>(resolve => {
        this.#drained = resolve
        timer = setTimeout(resolve, grace)
      })
      clearTimeout(timer)
    }
    return [...this.#holds]
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Something happened to the lock of this token, or, where it is empty, may have happened to any. */
  async check(token: string): Promise<void> {
    const asked = [...this.#holds].filter(hold => token === '' || hold.token === token)
    if (asked.length > 0) await this.#renew(asked)
  }

  async #turn(): Promise<void> {
    const now = performance.now()
    // Half a period: those that began just now can wait for the next turn.
    const due = [...this.#holds].filter(hold => now - hold.leasedAt > this.#lease / 6)
    if (due.length === 0) return
    this.#events.lasting()
    await this.#renew(due)
  }

  async #renew(due: Hold[]): Promise<void> {
    const started = performance.now()
    const lease = this.#lease
    // The store reports its own failure; the next turn tries again.
    const answers = await this.#store
      .renew(due.map(({ name, token }) => ({ name, token, lease })))
      .catch(() => [])
    for (const [i, answer] of answers.entries()) {
      const hold = due[i]
      // What ended meanwhile by itself was not lost.
      if (!hold?.held) continue
      if (answer.outcome === 'renewed') hold.leasedAt = started
      else this.#events.lost(hold, answer)
    }
  }
}

interface LeaseEvents {
  lost(hold: Hold, loss: Lost): void
  /** Some locks are held for long. */
  lasting(): void
}
