import type { Emit, ReleasedBecause, RequestInfo } from '../events.ts'
import type { Progress } from '../progress.ts'
import type {
  Committed, Destroyed, Expected, Found, Lost, Store, Touch, Waiter,
} from '../store.ts' // biome-ignore format: one glance
import { Departures, NO_PLACE } from './departures.ts'
import { Leases } from './leases.ts'
import { Listening } from './listening.ts'
import { LockHandle, type Writing } from './lock-handle.ts'
import type { Owner } from './owner.ts'
import { Waiters } from './waiters.ts'
import { type Asked, type Wait, Waiting, type WaitingOptions } from './waiting.ts'

/**
 * One lock a session, held by one request of one process at a time.
 *
 * ALGORITHM  A request asks the store for the lock. Where somebody else has it, the request is put in the session's queue
 *   in the same step and sleeps. The step that unlocks also hands the lock to the head of the queue: to a
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
  readonly #progress: Progress
  readonly #waiters = new Waiters()
  readonly #leases: Leases
  readonly #listening: Listening
  readonly #departures: Departures
  readonly #waiting: Waiting

  constructor(store: Store, owner: Owner, options: LockOptions, emit: Emit, progress: Progress) {
    this.#store = store
    this.#owner = owner
    this.#options = options
    this.#emit = emit
    this.#progress = progress
    this.#leases = new Leases(store, options.lease, {
      lost: (handle, loss) => this.#lost(handle, loss),
      abandoned: handle => this.#abandoned(handle),
      lasting: () => void this.#listening.start(),
    })
    this.#listening = new Listening(store, owner.nonce, emit, (token, granted) => {
      this.#waiters.wake(token, granted)
      void this.#leases.check(token)
    })
    this.#departures = new Departures(store, this.#waiters, token => this.#leases.has(token))
    const parts = { store, owner, emit, waiters: this.#waiters, leases: this.#leases }
    this.#waiting = new Waiting(
      { ...parts, departures: this.#departures, listening: this.#listening },
      options,
    )
  }

  /** A handle without the lock: for records that are yet to be created, and for optimistic and unlocked access. */
  open(name: string, request: RequestInfo): LockHandle {
    return new LockHandle(name, this.#owner.token(), request, false)
  }

  /** Rejects with ConcurrentConnectionsExceeded, LOCK_TIMEOUT, WAIT_ABORTED, CLOSED or what the store throws. */
  acquire(name: string, request: RequestInfo, wait: Wait = {}): Promise<Acquisition> {
    return this.#acquire(name, request, wait, false)
  }

  /** For a session that is open: `acquire`, until `close` ends its grace. */
  upgrade(name: string, request: RequestInfo, wait: Wait = {}): Promise<Acquisition> {
    return this.#acquire(name, request, wait, true)
  }

  async #acquire(name: string, request: RequestInfo, wait: Wait, upgrading: boolean): Promise<Acquisition> {
    const token = this.#owner.token()
    const ask = { ...this.#waiter(token, request), maxWaiters: this.#options.maxConcurrency }
    const got = await this.#waiting.acquire(name, ask, request, wait, upgrading)
    if (got.outcome !== 'granted') return got
    const handle = new LockHandle(name, token, request, true)
    this.#leases.add(handle)
    this.#progress.acquired(request, got.waited ?? 0)
    // It begins with the data of the message, and claims its lock after it has begun; where that has lapsed it is lost as any other.
    if (got.arrival !== undefined) {
      handle.claim = { writes: got.found.writes, arrival: got.arrival }
      // It may have ended by then, or committed, which takes the lock up as well.
      setImmediate(() => !handle.committed && void this.#leases.check(token))
    }
    return { outcome: 'granted', handle, found: got.found }
  }

  /** Sends a commit. Afterwards the handle holds the lock or not, as the answer says. */
  async commit(handle: LockHandle, write: Writing): Promise<Committed> {
    const committed = await this.#commit(handle, write)
    const born = handle.created
    if (born === undefined || committed.outcome === 'written' || committed.reason !== 'exists') {
      return committed
    }
    // Its own record may be in the way, and its own lock with it.
    await this.#release(handle)
    const again = await this.#commit(handle, { ...write, mode: 'optimistic', base: 1, born, keep: false })
    if (again.outcome === 'written') return { ...again, born }
    return again.reason === 'destroyed' ? committed : again
  }

  async #commit(handle: LockHandle, write: Writing): Promise<Committed> {
    const { mode, keep } = write
    const number = handle.countCommit()
    const waiter = this.#waiterOf(handle)
    // What an earlier one may have taken, and could not give back yet, this one takes again.
    if (mode === 'create' && keep) this.#departures.stay(handle.token)
    const sent = { ...waiter, ...write, number, claims: handle.claim !== undefined }
    const committed = await this.#store.commit(handle.name, sent).catch(error => {
      // Written or not, no request may wait because of it: not for the lease to end, still less for renewals to. One that
      // creates may have taken a lock that its handle knows nothing of.
      if (!keep || mode === 'create') {
        this.#leases.delete(handle)
        this.#giveBack(handle)
      }
      if (mode === 'create') handle.mayHaveCreated(number, write)
      if (!keep) this.#track(handle, false, 'released')
      throw error
    })
    this.#departures.handOn(handle.name, committed, waiter)
    const written = committed.outcome === 'written'
    // A commit that was to keep the lock leaves it as it is in the store, refused or not.
    if (!written && (keep || handle.claim)) this.#giveBack(handle)
    const holds = written && keep && (handle.held || mode === 'create')
    if (written) {
      handle.claim = undefined
      handle.created = undefined
    }
    this.#track(handle, holds, releasedBy(committed))
    // Who was seen with the lock first is nearer to who took it than who is seen now.
    const { taker } = handle
    if (taker && committed.outcome === 'refused' && committed.reason === 'lock-lost') {
      return { ...committed, holder: taker }
    }
    return committed
  }

  /** Unlocks without writing. Harmless when nothing is held. False if it had lost the lock. */
  async release(handle: LockHandle, touch?: Touch): Promise<boolean> {
    if (!handle.held) return false
    this.#track(handle, false, 'released')
    return this.#release(handle, touch)
  }

  async #release(handle: LockHandle, touch?: Touch): Promise<boolean> {
    const waiter = this.#waiterOf(handle)
    const released = await this.#store
      .release(handle.name, { ...waiter, ...(touch ? { touch } : {}) })
      .catch(error => {
        this.#giveBack(handle)
        throw error
      })
    this.#departures.handOn(handle.name, released, waiter)
    if (released.outcome === 'not-held' && handle.claim) this.#giveBack(handle)
    return released.outcome === 'released'
  }

  /** Ends the record, and the lock with it. Where it is not as expected, or the store fails, a lock that is held is given back. */
  async end(handle: LockHandle, ending: Ending, expects?: Expected): Promise<Destroyed> {
    const { held } = handle
    // Before the step: where many wait it takes several calls, and between them a renewal would find the lock lost.
    this.#track(handle, false, 'destroyed')
    let ended: Destroyed | undefined
    try {
      const known = expects && { ...expects, claims: handle.claim !== undefined }
      ended = await this.#destroy(handle.name, ending, handle.token, known)
      return ended
    } finally {
      if (held && (!ended || ended.refused)) this.#giveBack(handle)
    }
  }

  /** Ends a session, without waiting for its lock. */
  destroy(name: string, ending: Ending): Promise<Destroyed> {
    return this.#destroy(name, ending, this.#owner.token())
  }

  /** @param token says whose act it is; `expects`, how that request knows the record */
  #destroy(name: string, ending: Ending, token: string, expects?: Expected): Promise<Destroyed> {
    const { breakAfter, failAfter } = this.#options
    const { kind } = ending
    const lasts = Math.max(TOMBSTONE_MS, breakAfter + failAfter)
    const tombstone =
      kind === 'rotated'
        ? {
            lasts: Math.max(lasts, ending.grace + OLD_ID_MS),
            readable: ending.grace,
            pointer: ending.pointer,
          }
        : { lasts, readable: ending.readable ? READABLE_MS : 0 }
    return this.#store.destroy(name, { token, kind, expects, ...tombstone })
  }

  /** Aborted once the lock is known to be lost: at once where wake-ups are heard, and otherwise when its lease is renewed. */
  signalOf(handle: LockHandle): AbortSignal {
    if (handle.held) void this.#listening.start()
    return handle.signal
  }

  /** Requests of this process. */
  get counts(): { holding: number; waiting: number } {
    return { holding: this.#leases.size, waiting: this.#waiters.size }
  }

  /** Takes no more requests. Those that have their session open go on. */
  shut(): void {
    this.#waiting.shut()
  }

  /** Takes no more requests, lets those that hold a lock end for `grace` ms, and releases what is left then. */
  async close(grace: number): Promise<void> {
    this.shut()
    const left = await this.#leases.drain(grace)
    this.#waiting.close()
    await Promise.allSettled(left.map(handle => this.release(handle)))
    this.#leases.close()
    this.#departures.close()
  }

  #waiter(token: string, { request }: RequestInfo): Waiter {
    return { token, request, lease: this.#options.lease, grant: GRANT_MS }
  }

  #waiterOf({ token, request }: LockHandle): Waiter {
    return this.#waiter(token, request)
  }

  /** A holder has its lease renewed, and `close` waits for it. */
  #track(handle: LockHandle, held: boolean, because: ReleasedBecause): void {
    if (held && !handle.held) {
      handle.granted()
      this.#progress.acquired(handle.request, 0)
    } else if (!held && handle.held) this.#progress.released(handle.request, handle.since, because)
    handle.held = held
    if (held) this.#leases.add(handle)
    else this.#leases.delete(handle)
  }

  /** Its lock, and the place that it has still where the message of its grant came late. */
  #giveBack(handle: LockHandle): void {
    const arrival = handle.claim?.arrival ?? NO_PLACE
    this.#departures.leave(handle.name, { ...this.#waiterOf(handle), arrival })
    handle.claim = undefined
  }

  #abandoned(handle: LockHandle): void {
    const heldFor = performance.now() - handle.since
    this.#emit({ event: 'session-abandoned', heldFor, ...handle.request })
    this.release(handle).catch(() => {})
  }

  #lost(handle: LockHandle, loss: Lost): void {
    this.#track(handle, false, 'lost')
    handle.lose(loss)
    if (handle.claim) this.#giveBack(handle)
    const heldFor = performance.now() - handle.since
    const because = loss.outcome === 'lost' ? 'taken' : 'destroyed'
    this.#emit({ event: 'lock-lost', heldFor, because, holder: handle.taker, ...handle.request })
  }
}

/** Why a commit that did not keep the lock has ended it. */
function releasedBy(committed: Committed): ReleasedBecause {
  if (committed.outcome === 'written') return 'committed'
  return committed.reason === 'out-of-memory' ? 'released' : 'lost'
}

/**
 * `login`: the visitor goes on under another id; `readable`, for some seconds, to requests that were under way. `rotated`: the
 * old id leads to the new one by `pointer`, for `grace` ms.
 */
export type Ending =
  | { kind: 'destroyed' | 'login'; readable: boolean }
  | { kind: 'rotated'; pointer: Buffer; grace: number }

export interface LockOptions extends WaitingOptions {
  /** Milliseconds that a holder is believed alive without a renewal. */
  lease: number
  /** Waiters on one session; 0 for no limit. */
  maxConcurrency: number
}

export type Acquisition =
  | Exclude<Asked, { outcome: 'granted' }>
  | { outcome: 'granted'; handle: LockHandle; found: Found }

// A process that was told of its lock comes for it within a millisecond; after two seconds it will not.
const GRANT_MS = 2000
// Longer than a request takes that was under way when its session ended.
const TOMBSTONE_MS = 60_000
// Requests that were under way at a login have ended by then.
const READABLE_MS = 10_000
// So long after its grace the use of an old id is told.
const OLD_ID_MS = 3_600_000
