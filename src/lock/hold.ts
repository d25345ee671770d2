import {
  type Committed,
  commitId,
  type Destroyed,
  type Expected,
  type Lost,
  type Touch,
  type Write,
} from '../store.ts'
import type { Ending, Locks } from './locks.ts'
import type { Asking } from './waiting.ts'

/** The version that the message had, and the place in the queue that the request has still if the message came late. */
export interface Claim {
  writes: number
  arrival: number
}

export type Writing = Pick<
  Write,
  'mode' | 'base' | 'born' | 'data' | 'ttl' | 'absolute' | 'created' | 'rung' | 'keep'
>

/** One request's grip on one record, from its acquire to its last commit or release. */
export class Hold {
  readonly name: string
  readonly token: string
  readonly about: Asking
  /** Monotonic ms of the grant. */
  readonly since = performance.now()
  /** Monotonic ms when the lease was last known to begin. */
  leasedAt = this.since
  /** It began with what a message told, and the store has not confirmed yet that it has the lock. */
  claim: Claim | undefined
  /** The session that works under this lock; undefined until there is one. */
  keeper: WeakRef<object> | undefined
  #locks: Locks
  #held: boolean
  #commits = 0
  /** The commit that may have created the record. */
  #created: string | undefined
  #lost: AbortController | undefined
  #loss: Lost | undefined

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

  /** The lock was taken from this request, or ended with its session. */
  get lost(): boolean {
    return this.#loss !== undefined
  }

  /** Its session was dropped without an end. */
  get abandoned(): boolean {
    return this.keeper !== undefined && this.keeper.deref() === undefined
  }

  /** Aborted once the lock is known to be lost; its reason names who took it. */
  get signal(): AbortSignal {
    if (!this.#lost && this.#held) this.#locks.listen()
    this.#lost ??= new AbortController()
    if (this.#loss) this.#lost.abort(reasonOf(this.#loss))
    return this.#lost.signal
  }

  /** It has sent a commit. */
  get committed(): boolean {
    return this.#commits > 0
  }

  /** It has sent a commit that creates the record, and never heard whether it did. */
  get mayHaveCreated(): boolean {
    return this.#created !== undefined
  }

  /** Sends a commit, and afterwards holds the lock or not, as the answer says. */
  async commit(write: Writing): Promise<Committed> {
    const committed = await this.#send(write)
    if (this.#created === undefined || committed.outcome === 'written' || committed.reason !== 'exists') {
      return committed
    }
    // Its own record may be in the way, and its own lock with it.
    const born = this.#created
    await this.#locks.release(this)
    const again = await this.#send({ ...write, mode: 'optimistic', base: 1, born, keep: false })
    if (again.outcome === 'written') return { ...again, born }
    return again.reason === 'destroyed' ? committed : again
  }

  async #send(write: Writing): Promise<Committed> {
    this.#commits += 1
    const number = this.#commits
    const committed = await this.#locks.commit(this, { ...write, number }).catch(error => {
      if (write.mode === 'create') this.#created ??= commitId(this.token, number, write.rung)
      if (!write.keep) this.#hold(false)
      throw error
    })
    const written = committed.outcome === 'written'
    const holds = written && write.keep && (this.#held || write.mode === 'create')
    if (written) {
      this.claim = undefined
      this.#created = undefined
    }
    if (holds && !this.#held) this.leasedAt = performance.now()
    this.#hold(holds)
    // Who was seen with the lock first is nearer to who took it than who is seen now.
    const taker = this.#loss?.outcome === 'lost' ? this.#loss.holder : undefined
    if (taker && committed.outcome === 'refused' && committed.reason === 'lock-lost') {
      return { ...committed, holder: taker }
    }
    return committed
  }

  /** Unlocks without writing. Harmless when nothing is held. False if it had lost the lock. */
  async release(touch?: Touch): Promise<boolean> {
    if (!this.#held) return false
    this.#hold(false)
    return this.#locks.release(this, touch)
  }

  /** Ends the record, and the lock with it. Where it is not as expected, or the store fails, a lock that is held is given back. */
  async end(ending: Ending, expects?: Expected): Promise<Destroyed> {
    const held = this.#held
    // Before the step: where many wait it takes several calls, and between them a renewal would find the lock lost.
    this.#hold(false)
    let ended: Destroyed | undefined
    try {
      ended = await this.#locks.destroy(this.name, ending, { token: this.token, expects })
      return ended
    } finally {
      if (held && (!ended || ended.refused)) this.#locks.giveBack(this)
    }
  }

  lose(loss: Lost): void {
    this.#hold(false)
    this.#loss = loss
    this.#lost?.abort(reasonOf(loss))
  }

  #hold(held: boolean): void {
    this.#held = held
    this.#locks.track(this)
  }
}

function reasonOf(loss: Lost): Error {
  if (loss.outcome === 'destroyed') return new Error('The session was destroyed or has expired.')
  const { holder } = loss
  if (!holder) return new Error("The session's lock was lost.")
  const who = `${holder.token} (${holder.request})`
  return new Error(
    holder.released
      ? `The session's lock was lost, and it was last held by ${who}.`
      : `The session's lock was taken by ${who}.`,
  )
}
