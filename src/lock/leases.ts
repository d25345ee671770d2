import type { Lost, Renewed, Store } from '../store.ts'
import type { Hold } from './hold.ts'

/**
 * The locks that this process holds, by token. Those that are held for long have their leases renewed, all in one go, so that
 * only a process that is dead, or whose event loop stands still, loses a lock to time.
 *
 * A lock whose session was dropped without an end is not renewed: no request can write it any more.
 */
export class Leases {
  readonly #store: Store
  readonly #lease: number
  readonly #events: LeaseEvents
  readonly #holds = new Map<string, Hold>()
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
    return this.#holds.has(token)
  }

  add(hold: Hold): void {
    this.#holds.set(hold.token, hold)
    // A third of the lease: a renewal may fail once and the next one still comes in time.
    this.#timer ??= setInterval(() => void this.#turn(), this.#lease / 3).unref()
  }

  delete(hold: Hold): void {
    this.#holds.delete(hold.token)
    if (this.#holds.size === 0) this.#drained?.()
  }

  /** Waits until this process holds no lock any more, `grace` ms at most, and answers what is still held. */
  async drain(grace: number): Promise<Hold[]> {
    if (this.#holds.size > 0 && grace > 0) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>(resolve => {
        this.#drained = resolve
        timer = setTimeout(resolve, grace)
      })
      clearTimeout(timer)
    }
    return [...this.#holds.values()]
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Something happened to the lock of this token, or, where it is empty, may have happened to any. */
  async check(token: string): Promise<void> {
    if (token === '') await this.#renew([...this.#holds.values()])
    else {
      const hold = this.#holds.get(token)
      if (hold) await this.#renew([hold])
    }
  }

  async #turn(): Promise<void> {
    const now = performance.now()
    const due: Hold[] = []
    for (const hold of this.#holds.values()) {
      // Half a period: those that began just now can wait for the next turn.
      if (now - hold.leasedAt <= this.#lease / 6) continue
      if (hold.abandoned) this.#events.abandoned(hold)
      else due.push(hold)
    }
    if (due.length === 0) return
    this.#events.lasting()
    await this.#renew(due)
  }

  /** Until a claim is confirmed each renewal is one: it must not take up a later grant with the data of an earlier one. */
  async #renew(due: Hold[]): Promise<void> {
    if (due.length === 0) return
    const started = performance.now()
    const lease = this.#lease
    // The store reports its own failure; the next turn tries again.
    const answers = await this.#store
      .renew(
        due.map(({ name, token, claim }) => ({
          name,
          token,
          lease,
          ...(claim ? { writes: claim.writes } : {}),
        })),
      )
      .catch((): Renewed[] => [])
    for (const [i, answer] of answers.entries()) {
      const hold = due[i]
      // What ended meanwhile by itself was not lost.
      if (!hold?.held || answer.outcome === 'failed') continue
      if (answer.outcome === 'renewed') {
        hold.leasedAt = started
        hold.claim = undefined
      } else this.#events.lost(hold, answer)
    }
  }
}

interface LeaseEvents {
  lost(hold: Hold, loss: Lost): void
  /** Its session was collected: neither committed, nor released, nor destroyed. */
  abandoned(hold: Hold): void
  /** Some locks are held for long. */
  lasting(): void
}
