import type { Lost, Renewed, Store } from '../store.ts'
import type { LockHandle } from './lock-handle.ts'

/**
 * The locks that this process holds, by token. Those that are held for long have their leases renewed, all in one go, so that
 * only a process that is dead, or whose event loop stands still, loses a lock to time.
 *
 * A lock whose session was dropped without an end is not renewed once the garbage collector has found it: no request can write
 * it any more.
 */
export class Leases {
  readonly #store: Store
  readonly #lease: number
  readonly #events: LeaseEvents
  readonly #byToken = new Map<string, LockHandle>()
  #timer: NodeJS.Timeout | undefined
  #drained: (() => void) | undefined

  constructor(store: Store, lease: number, events: LeaseEvents) {
    this.#store = store
    this.#lease = lease
    this.#events = events
  }

  get size(): number {
    return this.#byToken.size
  }

  has(token: string): boolean {
    return this.#byToken.has(token)
  }

  add(handle: LockHandle): void {
    this.#byToken.set(handle.token, handle)
    // A third of the lease: a renewal may fail once and the next one still comes in time.
    this.#timer ??= setInterval(() => void this.#turn(), this.#lease / 3).unref()
  }

  delete(handle: LockHandle): void {
    this.#byToken.delete(handle.token)
    if (this.#byToken.size === 0) this.#drained?.()
  }

  /** Waits until this process holds no lock any more, `grace` ms at most, and answers what is still held. */
  async drain(grace: number): Promise<LockHandle[]> {
    if (this.#byToken.size > 0 && grace > 0) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>(resolve => {
        this.#drained = resolve
        timer = setTimeout(resolve, grace)
      })
      clearTimeout(timer)
    }
    return [...this.#byToken.values()]
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Something happened to the lock of this token, or, where it is empty, may have happened to any. */
  async check(token: string): Promise<void> {
    if (token === '') await this.#renew([...this.#byToken.values()])
    else {
      const handle = this.#byToken.get(token)
      if (handle) await this.#renew([handle])
    }
  }

  async #turn(): Promise<void> {
    const now = performance.now()
    const due: LockHandle[] = []
    for (const handle of this.#byToken.values()) {
      // Half a period: those that began just now can wait for the next turn.
      if (now - handle.leasedAt <= this.#lease / 6) continue
      if (handle.abandoned) this.#events.abandoned(handle)
      else due.push(handle)
    }
    if (due.length === 0) return
    this.#events.lasting()
    await this.#renew(due)
  }

  /** Until a claim is confirmed each renewal is one: it must not take up a later grant with the data of an earlier one. */
  async #renew(due: LockHandle[]): Promise<void> {
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
      const handle = due[i]
      // What ended meanwhile by itself was not lost.
      if (!handle?.held || answer.outcome === 'failed') continue
      if (answer.outcome === 'renewed') {
        handle.leasedAt = started
        handle.claim = undefined
      } else this.#events.lost(handle, answer)
    }
  }
}

interface LeaseEvents {
  lost(handle: LockHandle, loss: Lost): void
  /** Its session was collected: neither committed, nor released, nor destroyed. */
  abandoned(handle: LockHandle): void
  /** Some locks are held for long. */
  lasting(): void
}
