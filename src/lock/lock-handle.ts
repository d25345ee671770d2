import { commitId, type Origin } from '../commit-id.ts'
import type { RequestInfo } from '../events.ts'
import type { Holder, Lost, Write } from '../store.ts'

/** The version that the message had, and the place in the queue that the request has still if the message came late. */
export interface Claim {
  writes: number
  arrival: number
}

export type Writing = Pick<
  Write,
  'mode' | 'base' | 'born' | 'data' | 'ttl' | 'absolute' | 'created' | 'rung' | 'user' | 'keep'
>

/**
 * What one request knows of one record's lock, from its acquire to its last commit or release. It is data: `Locks` takes the
 * steps, and writes here what they brought.
 */
export class LockHandle {
  readonly name: string
  readonly token: string
  readonly request: RequestInfo
  /** Whether this request holds the lock, as far as it knows. */
  held: boolean
  /** Monotonic ms of the grant. */
  since = performance.now()
  /** Monotonic ms when the lease was last known to begin. */
  leasedAt = this.since
  /** It began with what a message told, and the store has not confirmed yet that it has the lock. */
  claim: Claim | undefined
  /** The session that works under this lock; undefined until there is one. */
  keeper: WeakRef<object> | undefined
  /** The commit that may have created the record: it was sent, and its answer was never heard. */
  created: string | undefined
  #commits = 0
  #lost: AbortController | undefined
  #loss: Lost | undefined

  constructor(name: string, token: string, request: RequestInfo, held: boolean) {
    this.name = name
    this.token = token
    this.request = request
    this.held = held
  }

  /** It has got the lock just now, by a commit that created its record. */
  granted(): void {
    this.since = performance.now()
    this.leasedAt = this.since
  }

  /** The lock was taken from this request, or ended with its session. */
  get lost(): boolean {
    return this.#loss !== undefined
  }

  /** Who was seen with the lock when its loss was found. */
  get taker(): Holder | undefined {
    return this.#loss?.outcome === 'lost' ? this.#loss.holder : undefined
  }

  /** Its session was dropped without an end. */
  get abandoned(): boolean {
    return this.keeper !== undefined && this.keeper.deref() === undefined
  }

  /** Aborted once the lock is known to be lost; its reason names who took it. */
  get signal(): AbortSignal {
    this.#lost ??= new AbortController()
    if (this.#loss) this.#lost.abort(reasonOf(this.#loss))
    return this.#lost.signal
  }

  /** It has sent a commit. */
  get committed(): boolean {
    return this.#commits > 0
  }

  /** The number of its next commit. */
  countCommit(): number {
    this.#commits += 1
    return this.#commits
  }

  /** The answer to this commit, which creates the record, was not heard. */
  mayHaveCreated(number: number, origin: Origin): void {
    this.created ??= commitId(this.token, number, origin)
  }

  lose(loss: Lost): void {
    this.held = false
    this.#loss = loss
    this.#lost?.abort(reasonOf(loss))
  }
}

function reasonOf(loss: Lost): Error {
  if (loss.outcome === 'destroyed') return new Error('The session was destroyed or has expired.')
  const { holder } = loss
  if (!holder) return new Error("The session's lock was lost.")
  if (holder.reset)
    return new Error(
      "The session's lock was reset by a program that takes no locks, such as PHP with disable_locking.",
    )
  const who = `${holder.token} (${holder.request})`
  return new Error(
    holder.released
      ? `The session's lock was lost, and it was last held by ${who}.`
      : `The session's lock was taken by ${who}.`,
  )
}
