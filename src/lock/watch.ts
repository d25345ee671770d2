import type { Acquired, Holder } from '../store.ts'
import { type Decision, decide, restOf, type WaitLimits } from './decide.ts'
import type { Owner, Seen } from './owner.ts'

export type Queued = Extract<Acquired, { outcome: 'queued' }>

/** What one waiter has seen of the lock that it waits for, by this process's monotonic clock. */
export class Watch {
  readonly #limits: WaitLimits
  readonly #started = performance.now()
  #since = this.#started
  #looks = 0
  #seen: Queued
  #patience: number
  /** The PHP process that holds the lock, once it was seen alive on this host. */
  #php: Seen | undefined

  /** @param patience milliseconds that the waiter counts as alive after this look, as the store was told */
  constructor(first: Queued, limits: WaitLimits, patience: number) {
    this.#seen = first
    this.#limits = limits
    this.#patience = patience
  }

  /** @param patience as for the first look */
  see(seen: Queued, patience: number): void {
    this.#patience = patience
    if (identity(seen) === identity(this.#seen)) this.#looks += 1
    else this.restart()
    this.#seen = seen
  }

  /** From here on the holder counts as new. */
  restart(): void {
    this.#since = performance.now()
    this.#looks = 0
    this.#php = undefined
  }

  /** @param waiters those of this process */
  decide(dead: boolean, heard: boolean, waiters: number): Decision {
    const { kind, leaseLeft, position } = this.#seen
    const look = { kind, leaseLeft, position, looks: this.#looks }
    // Many may have come since the last look, which promised less patience than they need now.
    const rest = Math.min(restOf(waiters), this.#patience / 2)
    return decide(look, this, this.#limits, dead, heard, rest)
  }

  /** Whether the holder's process is known to have ended. */
  isDead(owner: Owner): boolean {
    const { token } = this.#seen.holder
    if (this.#seen.kind === 'ours') return owner.isDead(token)
    if (this.#seen.kind !== 'php') return false
    if (this.#php) return owner.hasEnded(this.#php)
    this.#php = owner.seePhp(token)
    return false
  }

  get holder(): Holder {
    return this.#seen.holder
  }

  /** Only of this process: another one's lapsed lock is taken by the request that finds it. */
  get lapsed(): boolean {
    return this.#seen.kind === 'ours' && this.#seen.leaseLeft <= 0
  }

  /** Nobody waits between this one and a holder of ours. */
  get isNext(): boolean {
    return this.#seen.position === 0 && this.#seen.kind === 'ours'
  }

  get arrival(): number {
    return this.#seen.arrival
  }

  get total(): number {
    return performance.now() - this.#started
  }

  get watched(): number {
    return performance.now() - this.#since
  }

  /** PHP signs every request of a worker alike, so there the version must be unchanged too. */
  get breaks(): { token: string; writes: number | undefined } {
    const { holder, kind, writes } = this.#seen
    return { token: holder.token, writes: kind === 'php' ? writes : undefined }
  }
}

function identity({ holder, kind, writes }: Queued): string {
  return kind === 'ours' ? holder.token : `${kind} ${holder.token} ${writes} ${holder.request}`
}
