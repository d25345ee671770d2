import { type Committed, commitId, type Holder, type Touch, type Write } from '../store.ts'
import type { Locks } from './locks.ts'
import type { Asking } from './waiting.ts'

export type Writing = Pick<Write, 'mode' | 'base' | 'born' | 'data' | 'ttl' | 'absolute' | 'keep'>

/** One request's grip on one record, from its acquire to its last commit or release. */
export class Hold {
  readonly name: string
  readonly token: string
  readonly about: Asking
  /** Monotonic ms of the grant. */
  readonly since = performance.now()
  /** Monotonic ms when the lease was last known to begin. */
  leasedAt = this.since
  #locks: Locks
  #held: boolean
  #commits = 0
  #lost: AbortController | undefined
  #lostTo: { holder: Holder | undefined } | undefined

  constructor(locks: Locks, name: string, token: string, about: Asking, held: boolean) {
    this.#locks = locks
    this.name = name
    this.token = token
    this.about = about
    this.#held = held
  }

  /** Whether this request holds the lock, as far as it knows. */
  get held(): boolean {
    return this.#held
  }

  /** Aborted once the lock is known to be lost; its reason names who took it. */
  get signal(): AbortSignal {
    if (!this.#lost && this.#held) this.#locks.listen()
    this.#lost ??= new AbortController()
    if (this.#lostTo) this.#lost.abort(reasonOf(this.#lostTo.holder))
    return this.#lost.signal
  }

  /** The last commit, by the name that a record keeps of the one that created it. */
  get lastCommit(): string {
    return commitId(this.token, this.#commits)
  }

  /** Sends a commit, and afterwards holds the lock or not, as the answer says. */
  async commit(write: Writing): Promise<Committed> {
    this.#commits += 1
    const committed = await this.#locks.commit(this, { ...write, number: this.#commits })
    const holds = committed.outcome === 'written' && write.keep && (this.#held || write.mode === 'create')
    if (holds && !this.#held) this.leasedAt = performance.now()
    this.#hold(holds)
    return committed
  }

  /** Unlocks without writing. Harmless when nothing is held. */
  async release(touch?: Touch): Promise<void> {
    if (!this.#held) return
    this.#hold(false)
    await this.#locks.release(this, touch)
  }

  /** The record is gone, and the lock with it. */
  forget(): void {
    this.#hold(false)
  }

  lose(holder: Holder | undefined): void {
    this.#hold(false)
    this.#lostTo = { holder }
    this.#lost?.abort(reasonOf(holder))
  }

  #hold(held: boolean): void {
    this.#held = held
    this.#locks.track(this)
  }
}

function reasonOf(holder: Holder | undefined): Error {
  return new Error(
    holder
      ? `The session's lock was taken by ${holder.token} (${holder.request}).`
      : "The session's lock was lost.",
  )
}
