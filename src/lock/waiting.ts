import { ConcurrentConnectionsExceeded, handlerClosed, SessionError } from '../errors.ts'
import type { Emit, RequestInfo } from '../events.ts'
import { type Acquired, type Ask, type Found, type Gone, isGone, type Store } from '../store.ts'
import { patienceOf, type WaitLimits } from './decide.ts'
import type { Departures } from './departures.ts'
import type { Leases } from './leases.ts'
import type { Listening } from './listening.ts'
import type { Owner } from './owner.ts'
import { WaitReport } from './report.ts'
import type { Act, Handed } from './waiter.ts'
import type { Waiters } from './waiters.ts'
import { type Queued, Watch } from './watch.ts'

export interface WaitingOptions extends WaitLimits {
  /** Waiting requests in this process; 0 for no limit. */
  maxWaiting: number
  giveUp: 'proceed' | 'throw'
  /** Milliseconds after which a wait is reported; 0 for never. */
  warnAfter: number
}

/** What a waiter asks each time. How long it counts as alive then depends on how many wait. */
type Question = Omit<Ask, 'patience'>

/** How one request waits, where that is not as the options say: until its client has gone, and in milliseconds. */
export interface Wait extends Partial<Record<keyof WaitLimits, number | undefined>> {
  signal?: AbortSignal | undefined
}

export type Asked =
  | { outcome: 'missing' }
  /** The session has ended: while this request was under way, or before its first question (`atOnce`). */
  | ({ outcome: 'gone'; atOnce?: true } & Gone)
  /**
   * `arrival`: a message told of it, perhaps late. It has a moment to come for its lock, or this place in the queue still.
   * `waited`: milliseconds, where the lock was not free.
   */
  | { outcome: 'granted'; found: Found; arrival?: number; waited?: number }
  /** Waited long enough: the data, without the lock. */
  | { outcome: 'gave-up'; found: Found | undefined }

/** What the waiting requests of a process share. */
export interface WaitingParts {
  store: Store
  owner: Owner
  emit: Emit
  waiters: Waiters
  leases: Leases
  departures: Departures
  listening: Listening
}

/** Takes the requests of this process that ask for a lock from their first question to its end, as `waiter.ts` says. */
export class Waiting {
  readonly #parts: WaitingParts
  readonly #options: WaitingOptions
  /** Tokens of requests that ask for the lock of a session that they have open. */
  readonly #upgrading = new Set<string>()
  #shut = false
  #closed = false

  constructor(parts: WaitingParts, options: WaitingOptions) {
    this.#parts = parts
    this.#options = options
  }

  /** @param upgrading its session is open: `shut` does not concern it */
  async acquire(
    name: string,
    ask: Question,
    request: RequestInfo,
    wait: Wait,
    upgrading: boolean,
  ): Promise<Asked> {
    if (upgrading) this.#upgrading.add(ask.token)
    this.#parts.waiters.expect(ask.token, name)
    try {
      if (this.#refuses(ask.token)) throw handlerClosed()
      return await this.#ask(name, ask, wait, new WaitReport(this.#parts.emit, request))
    } finally {
      this.#parts.waiters.delete(ask.token)
      this.#upgrading.delete(ask.token)
    }
  }

  /** Takes no more requests. */
  shut(): void {
    this.#shut = true
    this.#parts.waiters.abortAll(this.#upgrading)
  }

  /** Nor those that have their session open. */
  close(): void {
    this.#shut = true
    this.#closed = true
    this.#parts.waiters.abortAll()
  }

  #refuses(token: string): boolean {
    return this.#closed || (this.#shut && !this.#upgrading.has(token))
  }

  async #ask(name: string, question: Question, wait: Wait, report: WaitReport): Promise<Asked> {
    const { store, departures, waiters } = this.#parts
    const ask = { ...question, patience: patienceOf(waiters.size) }
    const first = await store.acquire(name, ask).catch(error => {
      // The lock may have been granted all the same.
      departures.leave(name, ask)
      throw error
    })
    if (this.#refuses(ask.token)) {
      // The holders were counted before, by what closes.
      departures.leave(name, first.outcome === 'queued' ? { ...ask, arrival: first.arrival } : ask)
      throw handlerClosed()
    }
    this.#seen(first, report, 0)
    switch (first.outcome) {
      case 'missing':
        return first
      case 'gone':
        // Destroyed before it asked: the request may begin a session of its own.
        return first.gone === 'destroyed' ? { outcome: 'missing' } : { ...first, atOnce: true }
      case 'granted':
        return { outcome: 'granted', found: first }
      case 'queued':
        return this.#queue(name, ask, wait, report, first)
      case 'busy':
        throw report.crowded('session', first.waiters, first.holder)
    }
  }

  async #queue(name: string, ask: Ask, wait: Wait, report: WaitReport, first: Queued): Promise<Asked> {
    const { maxWaiting, warnAfter, breakAfter, failAfter } = this.#options
    const { waiters, departures } = this.#parts
    if (maxWaiting > 0 && waiters.size >= maxWaiting && !waiters.makeRoom(name)) {
      departures.leave(name, { ...ask, arrival: first.arrival })
      throw report.crowded('process', waiters.size, first.holder)
    }
    const limits = {
      breakAfter: wait.breakAfter ?? breakAfter,
      failAfter: wait.failAfter ?? failAfter,
    }
    const watch = new Watch(first, limits, ask.patience)
    waiters.add(ask.token, wait.signal)
    const slow = () => report.slow(watch.total, watch.holder)
    const timer = warnAfter > 0 ? setTimeout(slow, warnAfter).unref() : undefined
    try {
      const asked = await this.#run(name, ask, watch, report)
      if (asked.outcome !== 'granted') return asked
      const waited = watch.total
      report.granted(waited, first.holder)
      return { ...asked, waited }
    } catch (error) {
      departures.leave(name, { ...ask, arrival: watch.arrival })
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  /** Does what the waiter's table says, until it is over. */
  async #run(name: string, ask: Ask, watch: Watch, report: WaitReport): Promise<Asked> {
    const { waiters, store, owner, listening } = this.#parts
    const { token } = ask
    let act: Act = waiters.step(token, { event: 'queued' })
    // What happened before this process could hear of it is seen by one more look.
    let looks = !listening.heard && (await listening.start())
    for (;;) {
      switch (act.act) {
        case 'decide': {
          const givenUp = await this.#isGivenUp(watch)
          const decided = () => watch.decide(givenUp || watch.isDead(owner), listening.heard, waiters.size)
          act = waiters.step(token, looks ? { event: 'look' } : decided())
          looks = false
          break
        }
        case 'sleep': {
          // The next in turn also watches the holder's process, if it is on this host: that asks Redis for nothing.
          const watches = watch.isNext && owner.isNeighbour(watch.holder.token)
          act = await waiters.sleep(token, act.ms, watches ? () => watch.isDead(owner) : undefined)
          break
        }
        case 'ask':
        case 'break': {
          const because = act.act === 'break' ? act.because : undefined
          const breaks = because ? { breaks: watch.breaks } : {}
          const patience = patienceOf(waiters.size)
          const seen = await store.acquire(name, { ...ask, patience, arrival: watch.arrival, ...breaks })
          this.#seen(seen, report, watch.watched, because)
          if (seen.outcome === 'granted') return { outcome: 'granted', found: seen }
          if (seen.outcome === 'busy') throw new ConcurrentConnectionsExceeded(seen.waiters, seen.holder)
          if (seen.outcome !== 'queued') return seen
          watch.see(seen, patience)
          if (because) watch.restart()
          act = waiters.step(token, { event: 'queued' })
          break
        }
        case 'take':
          return grantedBy(act.lock, watch)
        case 'give-up':
          return this.#giveUp(name, ask, watch, report)
        case 'refuse':
          throw this.#refusal(act.why, watch, report)
      }
    }
  }

  /** Whether the holder is a request of this process that has ended without giving its lock back. */
  async #isGivenUp({ holder: { token }, lapsed }: Watch): Promise<boolean> {
    const { waiters, leases, owner } = this.#parts
    if (!lapsed || !owner.isOwn(token)) return false
    if (!leases.has(token)) {
      // One that waits here, and was handed the lock, comes for it late; it was woken by the look that found it.
      return !waiters.has(token)
    }
    // The event loop stood still, and this waiter came before the renewal.
    await leases.check(token)
    return false
  }

  /** A look that took the lock from somebody is reported, and wakes the one who has it now if that one waits here. */
  #seen(seen: Acquired, report: WaitReport, watched: number, because?: 'overdue' | 'dead'): void {
    // A lock that was found free went to the head of the queue, which is asleep and knows nothing of it.
    if (seen.outcome === 'queued') this.#parts.waiters.wake(seen.holder.token)
    report.taken(seen, watched, because)
  }

  async #giveUp(name: string, ask: Ask, watch: Watch, report: WaitReport): Promise<Asked> {
    const { store, departures } = this.#parts
    const { giveUp } = this.#options
    report.gaveUp(watch.total, watch.holder, giveUp)
    if (giveUp === 'throw') {
      const message = 'Another request has held this session for too long; try again shortly.'
      throw new SessionError('LOCK_TIMEOUT', message, { status: 503, retryAfter: 1 })
    }
    departures.leave(name, { ...ask, arrival: watch.arrival })
    const found = await store.read(name)
    return isGone(found) ? { outcome: 'gone', ...found } : { outcome: 'gave-up', found }
  }

  #refusal(why: 'aborted' | 'crowded', watch: Watch, report: WaitReport): SessionError {
    if (why === 'crowded') return report.crowded('process', this.#parts.waiters.size, watch.holder)
    if (this.#shut) return handlerClosed()
    report.aborted(watch.total)
    return new SessionError('WAIT_ABORTED', 'The request ended while it waited for its session.', {
      status: 499,
    })
  }
}

function grantedBy({ handed, claims }: Handed, { arrival }: Watch): Asked {
  return { outcome: 'granted', found: handed, ...(claims ? { arrival } : {}) }
}
