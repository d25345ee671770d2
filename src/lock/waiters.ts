import type { Found } from '../store.ts'
import { Alarm } from './alarm.ts'
import { type Act, ASKING, type Event, next, type State, type Told } from './waiter.ts'

interface Waiter {
  token: string
  /** The record whose lock it asks for. */
  name: string
  state: State
  /** Ends its sleep. */
  wake: ((act: Act) => void) | undefined
  /** Monotonic ms. */
  sleepsUntil: number
  /** While it sleeps: whether the holder's process has died. Undefined where that is not watched. */
  isHolderDead: (() => boolean) | undefined
  signal: AbortSignal | undefined
  /** It has a place in the queue. */
  waits: boolean
  abort: () => void
}

/**
 * The waiters of this process, by token.
 *
 * Each wakes by its own promise, so that it goes on in its own AsyncLocalStorage context, whatever woke it.
 */
export class Waiters {
  readonly #byToken = new Map<string, Waiter>()
  readonly #alarm = new Alarm<Waiter>(waiter => this.#rings(waiter))
  /** Those that wait for one session, in order of arrival. */
  readonly #byName = new Map<string, Set<Waiter>>()
  #waiting = 0

  /** Those that have a place in the queue. */
  get size(): number {
    return this.#waiting
  }

  has(token: string): boolean {
    return this.#byToken.has(token)
  }

  /**
   * From its first question on a request may be handed the lock. Answers that arrive together are heard in any order:
   * without this, a hand-over that is heard before the place in the queue would be lost, and a second with it.
   */
  expect(token: string, name: string): void {
    const waiter: Waiter = {
      token,
      name,
      state: ASKING,
      wake: undefined,
      sleepsUntil: 0,
      isHolderDead: undefined,
      signal: undefined,
      waits: false,
      abort: () => this.#tell(waiter, 'aborted'),
    }
    this.#byToken.set(token, waiter)
  }

  /** It has its place in the queue: from now on it counts, and ends with its signal. */
  add(token: string, signal: AbortSignal | undefined): void {
    const waiter = this.#of(token)
    waiter.waits = true
    const together = this.#byName.get(waiter.name) ?? new Set()
    this.#byName.set(waiter.name, together.add(waiter))
    waiter.signal = signal
    this.#waiting += 1
    if (signal?.aborted) waiter.abort()
    else signal?.addEventListener('abort', waiter.abort, { once: true })
  }

  delete(token: string): void {
    const waiter = this.#byToken.get(token)
    if (!waiter) return
    this.#byToken.delete(token)
    if (waiter.waits) {
      this.#waiting -= 1
      const together = this.#byName.get(waiter.name)
      together?.delete(waiter)
      if (together?.size === 0) this.#byName.delete(waiter.name)
    }
    this.#alarm.delete(waiter)
    waiter.signal?.removeEventListener('abort', waiter.abort)
  }

  /** What happened to a waiter, and what it does next. */
  step(token: string, event: Exclude<Event, { event: 'told' }>): Act {
    const waiter = this.#of(token)
    const [state, act] = next(waiter.state, event)
    waiter.state = state
    if (!act) throw new Error(`a waiter that is over was to be ${event.event}`)
    return act
  }

  /**
   * Sleeps, as `step` has just answered, until the waiter is told something.
   *
   * @param isHolderDead asked every 50 ms meanwhile
   */
  sleep(token: string, ms: number, isHolderDead?: () => boolean): Promise<Act> {
    const waiter = this.#of(token)
    waiter.sleepsUntil = performance.now() + ms
    waiter.isHolderDead = isHolderDead
    return new Promise(resolve => {
      waiter.wake = resolve
      this.#setAlarm(waiter)
    })
  }

  /**
   * Makes room for one more that waits for this session, at the cost of the session for which most wait: its last waiter is
   * refused. False if that is this very session.
   */
  makeRoom(name: string): boolean {
    let longest: Set<Waiter> | undefined
    for (const together of this.#byName.values()) {
      if (together.size > (longest?.size ?? 0)) longest = together
    }
    if (!longest || longest.size <= (this.#byName.get(name)?.size ?? 0) + 1) return false
    const last = [...longest].at(-1)
    if (!last) return false
    longest.delete(last)
    this.#tell(last, 'crowded')
    return true
  }

  /** A message for one of ours; an empty token is for all. One that left meanwhile does not hear it. */
  wake(token: string, granted?: Found): void {
    if (token === '') for (const waiter of [...this.#byToken.values()]) this.#tell(waiter, 'look')
    else this.#tell(this.#byToken.get(token), granted ? { handed: granted, claims: true } : 'look')
  }

  /** False if nobody of that token waits here any more. */
  hand(token: string, found: Found): boolean {
    const waiter = this.#byToken.get(token)
    this.#tell(waiter, { handed: found, claims: false })
    return waiter !== undefined
  }

  abortAll(spared: ReadonlySet<string> = new Set()): void {
    for (const waiter of [...this.#byToken.values()]) if (!spared.has(waiter.token)) waiter.abort()
  }

  #of(token: string): Waiter {
    const waiter = this.#byToken.get(token)
    if (!waiter) throw new Error(`${token} does not wait here`)
    return waiter
  }

  #tell(waiter: Waiter | undefined, what: Told): void {
    if (waiter) this.#happens(waiter, { event: 'told', what })
  }

  /** An act is for one that sleeps: whatever happens to it then ends its sleep. */
  #happens(waiter: Waiter, event: Event): void {
    const [state, act] = next(waiter.state, event)
    waiter.state = state
    if (!act) return
    this.#alarm.delete(waiter)
    waiter.wake?.(act)
    waiter.wake = undefined
  }

  #setAlarm(waiter: Waiter): void {
    const left = Math.max(waiter.sleepsUntil - performance.now(), 1)
    if (left <= HOLDER_LOOK_MS) waiter.isHolderDead = undefined
    this.#alarm.set(waiter, waiter.isHolderDead ? HOLDER_LOOK_MS : left)
  }

  #rings(waiter: Waiter): void {
    if (!waiter.isHolderDead) this.#happens(waiter, { event: 'due' })
    else if (waiter.isHolderDead()) this.#happens(waiter, { event: 'dead' })
    else this.#setAlarm(waiter)
  }
}

// Two calls of the kernel, for one waiter a session: 20 µs every 50 ms.
const HOLDER_LOOK_MS = 50
