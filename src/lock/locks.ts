import { ConcurrentConnectionsExceeded, handlerClosed } from '../errors.ts'
import type { Emit } from '../events.ts'
import type {
  Ask,
  Committed,
  Destroyed,
  Found,
  Gone,
  Lost,
  Store,
  Tombstone,
  Touch,
  Waiter,
} from '../store.ts'
import { PATIENCE_MS } from './departures.ts'
import { Hold, type Writing } from './hold.ts'
import { Leases } from './leases.ts'
import type { Owner } from './owner.ts'
import { type Asking, NO_PLACE, Waiting, type WaitingOptions } from './waiting.ts'

/**
 * One lock a session, held by one request of one process at a time.
 *
 * ALGORITHM  A request asks the store for the lock. Where somebody else has it, the request is put in the session's queue
 *   in the same step and sleeps. Whoever unlocks hands the lock to the head of the queue in the step that unlocks: to a
 *   waiter of its own process by the reply, with the data; to another process by a message on that process's channel.
 *   A message is a hint: the waiter asks again before it believes. It also asks about once a second without being told,
 *   at the end of the holder's lease, and when it has watched the same holder for breakAfter.
 *
 * PROMISES  1. Nothing but a grant by the store makes a request a holder.
 *           2. A waiter is in the queue once, and leaves it when its request ends, whatever ends it.
 *           3. A process that dies costs others one lease, and on its own host not even that.
 */
export class Locks {
  readonly #store: Store
  readonly #owner: Owner
  readonly #options: LockOptions
  readonly #emit: Emit
  readonly #waiting: Waiting
  readonly #leases: Leases
  /** Tokens of requests that ask for the lock of a session that they have open: `shut` does not concern them. */
  readonly #upgrading = new Set<string>()
  #shut = false
  #closed = false

  constructor(store: Store, owner: Owner, options: LockOptions, emit: Emit) {
    this.#store = store
    this.#owner = owner
    this.#options = options
    this.#emit = emit
    this.#waiting = new Waiting(store, owner, options, emit, {
      check: token => this.#leases.check(token),
      holds: token => this.#leases.has(token),
    })
    this.#leases = new Leases(store, options.lease, {
      lost: (hold, loss) => this.#lost(hold, loss),
      abandoned: hold => this.#abandoned(hold),
      lasting: () => this.listen(),
    })
  }

  /** A grip without the lock: for records that are yet to be created, and for optimistic and unlocked access. */
  open(name: string, about: Asking): Hold {
    return new Hold(this, name, this.#owner.token(), about, false)
  }

  /** Rejects with ConcurrentConnectionsExceeded, LOCK_TIMEOUT, WAIT_ABORTED, CLOSED or what the store throws. */
  acquire(name: string, about: Asking): Promise<Acquisition> {
    return this.#acquire(name, about, this.#owner.token())
  }

  /** For a session that is open: `acquire`, until `close` ends its grace. */
  async upgrade(name: string, about: Asking): Promise<Acquisition> {
    const token = this.#owner.token()
    this.#upgrading.add(token)
    try {
      return await this.#acquire(name, about, token)
    } finally {
      this.#upgrading.delete(token)
    }
  }

  /** For `Hold`. */
  async commit(hold: Hold, write: Writing & { number: number }): Promise<Committed> {
    const { token, about } = hold
    const waiter = this.#waiter(token, about.request)
    // What an earlier one may have taken, and could not give back yet, this one takes again.
    if (write.mode === 'create' && write.keep) this.#waiting.stay(token)
    try {
      const committed = await this.#store.commit(hold.name, { ...waiter, ...write })
      this.#waiting.handOn(hold.name, committed, waiter)
      // A commit that was to keep the lock leaves it as it is in the store, refused or not.
      if (committed.outcome === 'refused' && (write.keep || hold.claim)) this.giveBack(hold)
      return committed
    } catch (error) {
      // Written or not, nobody shall wait because of it: not for the lease to end, still less for renewals to. One that creates
      // may have taken a lock that its hold knows nothing of.
      if (!write.keep || write.mode === 'create') {
        this.#leases.delete(hold)
        this.giveBack(hold)
      }
      throw error
    }
  }

  /** For `Hold`. */
  async release(hold: Hold, touch?: Touch): Promise<boolean> {
    const waiter = this.#waiter(hold.token, hold.about.request)
    const released = await this.#store
      .release(hold.name, { ...waiter, ...(touch ? { touch } : {}) })
      .catch(error => {
        this.giveBack(hold)
        throw error
      })
    this.#waiting.handOn(hold.name, released, waiter)
    if (released.outcome === 'not-held' && hold.claim) this.giveBack(hold)
    return released.outcome === 'released'
  }

  /** For `Hold`: its lock, and the place that it has still where the message of its grant came late. */
  giveBack(hold: Hold): void {
    const waiter = this.#waiter(hold.token, hold.about.request)
    this.#waiting.leave(hold.name, { ...waiter, arrival: hold.claim?.arrival ?? NO_PLACE })
    hold.claim = undefined
  }

  /** Ends a session, whoever holds its lock. `by` says whose act it is, and what that request expects. */
  destroy(name: string, { kind, readable }: Ending, by: Partial<Actor> = {}): Promise<Destroyed> {
    const { breakAfter, failAfter } = this.#options
    const lasts = Math.max(TOMBSTONE_MS, breakAfter + failAfter)
    const { token = this.#owner.token(), expects } = by
    return this.#store.destroy(name, { token, kind, readable: readable ? READABLE_MS : 0, lasts, expects })
  }

  /** For `Hold`: whoever wants to know that a lock was lost hears of it at once, and otherwise when its lease is renewed. */
  listen(): void {
    void this.#waiting.listen()
  }

  /** For `Hold`: who holds has its lease renewed, and is waited for by `close`. */
  track(hold: Hold): void {
    if (hold.held) this.#leases.add(hold)
    else this.#leases.delete(hold)
  }

  /** Requests of this process. */
  get counts(): { holding: number; waiting: number } {
    return { holding: this.#leases.size, waiting: this.#waiting.size }
  }

  /** Takes no more requests. Those that have their session open go on. */
  shut(): void {
    this.#shut = true
    this.#waiting.endAll(this.#upgrading)
  }

  /** Takes no more requests, lets those that hold a lock end for `grace` ms, and releases what is left then. */
  async close(grace: number): Promise<void> {
    this.shut()
    const left = await this.#leases.drain(grace)
    this.#closed = true
    this.#waiting.endAll()
    await Promise.allSettled(left.map(hold => hold.release()))
    this.#leases.close()
    this.#waiting.close()
  }

  async #acquire(name: string, about: Asking, token: string): Promise<Acquisition> {
    if (this.#refuses(token)) throw handlerClosed()
    const ask: Ask = {
      ...this.#waiter(token, about.request),
      patience: PATIENCE_MS,
      maxWaiters: this.#options.maxConcurrency,
    }
    const got = await this.#ask(name, ask, about)
    if (got.outcome !== 'granted') return got
    const hold = new Hold(this, name, token, about, true)
    this.track(hold)
    // It begins with the data of the message, and claims its lock after it has begun; where that has lapsed it is lost as any other.
    if (got.arrival !== undefined) {
      hold.claim = { writes: got.found.writes, arrival: got.arrival }
      // It may have ended by then, or committed, which takes the lock up as well.
      setImmediate(() => !hold.committed && void this.#leases.check(token))
    }
    return { outcome: 'granted', hold, found: got.found }
  }

  #refuses(token: string): boolean {
    return this.#closed || (this.#shut && !this.#upgrading.has(token))
  }

  async #ask(name: string, ask: Ask, about: Asking): Promise<Asked> {
    this.#waiting.expect(ask.token, name)
    try {
      return await this.#asked(name, ask, about)
    } finally {
      this.#waiting.forget(ask.token)
    }
  }

  async #asked(name: string, ask: Ask, about: Asking): Promise<Asked> {
    const said = { session: about.session, request: about.request }
    const first = await this.#store.acquire(name, ask).catch(error => {
      // The lock may have been granted all the same.
      this.#waiting.leave(name, ask)
      throw error
    })
    if (this.#refuses(ask.token)) {
      // Whoever closes has counted the holders already.
      this.#waiting.leave(name, first.outcome === 'queued' ? { ...ask, arrival: first.arrival } : ask)
      throw handlerClosed()
    }
    this.#waiting.tellTaken(first, said, 0, false)
    switch (first.outcome) {
      case 'missing':
        return first
      case 'gone':
        // Destroyed before it asked: the request may begin a session of its own.
        return first.gone === 'login' ? first : { outcome: 'missing' }
      case 'granted':
        return { outcome: 'granted', found: first }
      case 'queued':
        return this.#waiting.wait(name, ask, about, first)
      case 'busy': {
        const { waiters, holder } = first
        this.#emit({ event: 'concurrency-exceeded', limit: 'session', waiters, holder, ...said })
        throw new ConcurrentConnectionsExceeded(waiters, holder)
      }
    }
  }

  #waiter(token: string, request: string): Waiter {
    return { token, request, lease: this.#options.lease, grant: GRANT_MS }
  }

  #abandoned(hold: Hold): void {
    const { session, request } = hold.about
    this.#emit({ event: 'session-abandoned', heldFor: performance.now() - hold.since, session, request })
    hold.release().catch(() => {})
  }

  #lost(hold: Hold, loss: Lost): void {
    const { session, request } = hold.about
    hold.lose(loss)
    if (hold.claim) this.giveBack(hold)
    const heldFor = performance.now() - hold.since
    const because = loss.outcome === 'lost' ? 'taken' : 'destroyed'
    const holder = loss.outcome === 'lost' ? loss.holder : undefined
    this.#emit({ event: 'lock-lost', heldFor, because, holder, session, request })
  }
}

/** `login`: the visitor goes on under another id; `readable`, for some seconds, to requests that were under way. */
export interface Ending {
  kind: Tombstone['kind']
  readable: boolean
}

type Actor = Pick<Tombstone, 'token' | 'expects'>

export interface LockOptions extends WaitingOptions {
  /** Milliseconds that a holder is believed alive without a renewal. */
  lease: number
  /** Waiters on one session; 0 for no limit. */
  maxConcurrency: number
}

export type Acquisition =
  | { outcome: 'missing' }
  /** The session has ended while this request was under way. */
  | ({ outcome: 'gone' } & Gone)
  | { outcome: 'granted'; hold: Hold; found: Found }
  | { outcome: 'gave-up'; found: Found | undefined }

type Asked =
  | Exclude<Acquisition, { outcome: 'granted' }>
  | { outcome: 'granted'; found: Found; arrival?: number }

// A process that was told of its lock comes for it within a millisecond; after two seconds it will not.
const GRANT_MS = 2000
// Longer than a request takes that was under way when its session ended.
const TOMBSTONE_MS = 60_000
// Requests that were under way at a login have ended by then.
const READABLE_MS = 10_000
