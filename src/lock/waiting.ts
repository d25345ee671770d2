import { ConcurrentConnectionsExceeded, handlerClosed, SessionError } from '../errors.ts'
import type { Emit } from '../events.ts'
import {
  type Acquired,
  type Ask,
  type Found,
  type Gone,
  type HandedOn,
  type Holder,
  isGone,
  type Store,
  type Waiter,
} from '../store.ts'
import type { WaitLimits } from './decide.ts'
import { Departures } from './departures.ts'
import type { Owner } from './owner.ts'
import { type Handed, Sleepers, type Woken } from './sleepers.ts'
import { type Queued, Watch } from './watch.ts'

export interface WaitingOptions extends WaitLimits {
  /** Waiting requests in this process; 0 for no limit. */
  maxWaiting: number
  giveUp: 'proceed' | 'throw'
  /** Milliseconds after which a wait is told; 0 for never. */
  warnAfter: number
}

/** Who asks: for events, and to stop waiting when the client has gone. */
export interface Asking extends Wait {
  session: string
  request: string
}

/** How long one request waits, where that is not as the options say: until its client has gone, and in milliseconds. */
export interface Wait extends Partial<Record<keyof WaitLimits, number | undefined>> {
  signal?: AbortSignal | undefined
}

/** The tokens of this process that wait no more. */
export interface Holders {
  /** Renews its lease, or finds the lock lost. */
  check(token: string): Promise<void>
  holds(token: string): boolean
}

export type Waited =
  | { outcome: 'missing' }
  | ({ outcome: 'gone' } & Gone)
  /** `arrival`: a message told of it, perhaps late. It has a moment to come for its lock, or this place in the queue still. */
  | { outcome: 'granted'; found: Found; arrival?: number }
  /** Waited long enough: the data, without the lock. */
  | { outcome: 'gave-up'; found: Found | undefined }

/** The requests of this process that wait for a lock, from their place in the queue to its end. */
export class Waiting {
  readonly #store: Store
  readonly #owner: Owner
  readonly #options: WaitingOptions
  readonly #emit: Emit
  readonly #holders: Holders
  readonly #sleepers = new Sleepers()
  readonly #departures: Departures
  #heard = false
  #unheardTold = false
  #ended = false

  constructor(store: Store, owner: Owner, options: WaitingOptions, emit: Emit, holders: Holders) {
    this.#store = store
    this.#owner = owner
    this.#options = options
    this.#emit = emit
    this.#holders = holders
    this.#departures = new Departures(store, (name, left, waiter) => this.handOn(name, left, waiter))
  }

  get size(): number {
    return this.#sleepers.size
  }

  /** This request asks for a lock, and hears of it until it is forgotten. */
  expect(token: string, name: string): void {
    this.#sleepers.expect(token, name)
  }

  forget(token: string): void {
    this.#sleepers.delete(token)
  }

  /** Tells the request of this process that `by`'s step handed the lock to. Where that one has ended, the lock goes on. */
  handOn(name: string, { next, wake }: HandedOn, by: Waiter): void {
    if (wake) this.#sleepers.wake(wake)
    if (!next || this.#sleepers.hand(next.token, next.found)) return
    // A request that has just got its lock is counted among the holders a moment later.
    setImmediate(() => {
      if (!this.#holders.holds(next.token))
        this.leave(name, { ...by, token: next.token, request: '', arrival: NO_PLACE })
    })
  }

  /** Gives up a place or a lock. Nobody waits for the answer. */
  leave(name: string, waiter: Waiter): void {
    this.#departures.leave(name, waiter)
  }

  /** It gives up nothing after all, unless that is on its way. */
  stay(token: string): void {
    this.#departures.forget(token)
  }

  /** Wakes whoever waits here, to see for itself. */
  wake(token: string): void {
    this.#sleepers.wake(token)
  }

  /** The handler closes: nobody waits any longer, but for the tokens that are spared. */
  endAll(spared?: ReadonlySet<string>): void {
    this.#ended = true
    this.#sleepers.abortAll(spared)
  }

  /** What could not be given up ends by itself. */
  close(): void {
    this.#departures.close()
  }

  async wait(name: string, ask: Ask, asking: Asking, first: Queued): Promise<Waited> {
    const { maxWaiting, warnAfter } = this.#options
    const about = { session: asking.session, request: asking.request }
    if (maxWaiting > 0 && this.#sleepers.size >= maxWaiting && !this.#sleepers.makeRoom(name)) {
      this.leave(name, { ...ask, arrival: first.arrival })
      throw this.#crowded(about, first.holder)
    }
    const watch = new Watch(first, {
      breakAfter: asking.breakAfter ?? this.#options.breakAfter,
      failAfter: asking.failAfter ?? this.#options.failAfter,
    })
    this.#sleepers.add(ask.token, name, asking.signal)
    const tell = () => this.#emit({ event: 'lock-slow', waited: watch.total, holder: watch.holder, ...about })
    const slow = warnAfter > 0 ? setTimeout(tell, warnAfter).unref() : undefined
    try {
      const waited = await this.#queue(name, ask, about, watch)
      if (waited.outcome === 'granted') {
        this.#emit({ event: 'lock-waited', waited: watch.total, holder: first.holder, ...about })
      }
      return waited
    } catch (error) {
      this.leave(name, { ...ask, arrival: watch.arrival })
      throw error
    } finally {
      clearTimeout(slow)
      this.#sleepers.delete(ask.token)
    }
  }

  async #queue(
    name: string,
    ask: Ask,
    about: { session: string; request: string },
    watch: Watch,
  ): Promise<Waited> {
    // What happened before this process could hear of it is seen by one more look.
    let looksNow = !this.#heard && (await this.listen())
    // Handed the lock since its first question, which gave it its place.
    const handed = looksNow ? this.#sleepers.takeHanded(ask.token) : undefined
    if (handed) return grantedBy(handed, watch)
    for (;;) {
      const { token } = watch.holder
      const lapsed = watch.lapsed && this.#owner.isOwn(token)
      const holds = lapsed && this.#holders.holds(token)
      // The event loop stood still, and this waiter came before the renewal.
      if (holds) await this.#holders.check(token)
      // One that waits here, and was handed the lock, comes for it late; it was woken by the look that found it.
      const givenUp = lapsed && !holds && !this.#sleepers.has(token)
      const step = looksNow
        ? ({ step: 'look', after: 0 } as const)
        : watch.decide(givenUp || watch.isDead(this.#owner), this.#heard)
      looksNow = false
      if (step.step === 'give-up') return await this.#giveUp(name, ask, about, watch)
      if (step.step === 'look' && step.after > 0) {
        const woken = await this.#sleep(ask.token, step.after, watch)
        if (woken === 'dead') continue
        if (typeof woken === 'object') return grantedBy(woken, watch)
        if (woken === 'crowded') throw this.#crowded(about, watch.holder)
        if (woken === 'aborted') {
          if (this.#ended) throw handlerClosed()
          this.#emit({ event: 'wait-aborted', waited: watch.total, ...about })
          throw new SessionError('WAIT_ABORTED', 'The request ended while it waited for its session.', {
            status: 499,
          })
        }
      }
      const breaks = step.step === 'break' ? { breaks: watch.breaks } : {}
      const seen = await this.#store.acquire(name, { ...ask, arrival: watch.arrival, ...breaks })
      this.tellTaken(seen, about, watch.watched, step.step === 'break' && step.because)
      switch (seen.outcome) {
        case 'missing':
        case 'gone':
          return seen
        case 'granted':
          return { outcome: 'granted', found: seen }
        case 'busy':
          throw new ConcurrentConnectionsExceeded(seen.waiters, seen.holder)
        case 'queued':
          watch.see(seen)
          // Handed the lock while it asked, it may have it; or it had it and lost it again, perhaps with the whole record,
          // before its question came: only another answer tells, and has the data that are true now.
          looksNow = this.#sleepers.takeHanded(ask.token) !== undefined
          if (step.step === 'break') watch.restart()
      }
    }
  }

  /** The next in turn also watches the holder's process, if it is on this host: that asks Redis for nothing. */
  async #sleep(token: string, ms: number, watch: Watch): Promise<Woken | 'dead'> {
    if (!watch.isNext || !this.#owner.isNeighbour(watch.holder.token)) return this.#sleepers.sleep(token, ms)
    const end = performance.now() + ms
    for (;;) {
      const left = Math.max(end - performance.now(), 1)
      const woken = await this.#sleepers.sleep(token, Math.min(left, NEIGHBOUR_LOOK_MS))
      if (woken !== 'due' || left <= NEIGHBOUR_LOOK_MS) return woken
      if (watch.isDead(this.#owner)) return 'dead'
    }
  }

  /** Whoever's look took the lock from somebody tells of it, and wakes the one who has it now if that one waits here. */
  tellTaken(
    seen: Acquired,
    about: { session: string; request: string },
    watched: number,
    because: 'overdue' | 'dead' | false,
  ): void {
    if (seen.outcome !== 'granted' && seen.outcome !== 'queued') return
    // A lock that was found free went to the head of the queue, which is asleep and knows nothing of it.
    if (seen.outcome === 'queued') this.wake(seen.holder.token)
    if (!seen.took) return
    const { from } = seen.took
    if (seen.took.because === 'lapsed') this.#emit({ event: 'lock-lapsed', holder: from, ...about })
    else this.#emit({ event: 'lock-broken', holder: from, because: because || 'overdue', watched, ...about })
  }

  async #giveUp(
    name: string,
    ask: Ask,
    about: { session: string; request: string },
    watch: Watch,
  ): Promise<Waited> {
    const { giveUp } = this.#options
    this.#emit({ event: 'lock-given-up', waited: watch.total, holder: watch.holder, giveUp, ...about })
    if (giveUp === 'throw') {
      throw new SessionError(
        'LOCK_TIMEOUT',
        'Another request has held this session for too long; try again shortly.',
        {
          status: 503,
          retryAfter: 1,
        },
      )
    }
    this.leave(name, { ...ask, arrival: watch.arrival })
    const found = await this.#store.read(name)
    return isGone(found) ? { outcome: 'gone', ...found } : { outcome: 'gave-up', found }
  }

  #crowded(about: { session: string; request: string }, holder: Holder): ConcurrentConnectionsExceeded {
    this.#emit({ event: 'concurrency-exceeded', limit: 'process', waiters: this.size, holder, ...about })
    return new ConcurrentConnectionsExceeded(this.size)
  }

  /** From now on this process hears of its tokens: of a lock that was handed to one, or taken from it. */
  async listen(): Promise<boolean> {
    try {
      await this.#store.listen(this.#owner.nonce, (token, granted) => {
        this.#sleepers.wake(token, granted)
        void this.#holders.check(token)
      })
      this.#heard = true
      this.#unheardTold = false
    } catch (error) {
      if (!this.#unheardTold) this.#emit({ event: 'wakes-unheard', why: (error as Error).message })
      this.#unheardTold = true
    }
    return this.#heard
  }
}

function grantedBy({ handed, claims }: Handed, { arrival }: Watch): Waited {
  return { outcome: 'granted', found: handed, ...(claims ? { arrival } : {}) }
}

/** As an arrival: it was taken out of the queue with its lock. */
export const NO_PLACE = 0
// Two calls of the kernel, for one waiter a session: 20 µs every 50 ms.
const NEIGHBOUR_LOOK_MS = 50
