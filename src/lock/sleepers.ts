import type { Found } from '../store.ts'
import { Alarm } from './alarm.ts'

/**
 * What ended a sleep: the lock itself with the data (`claims`: it is granted for a moment, and must be claimed), a reason to
 * look, its time, or that too many wait in this process.
 */
export type Woken = { handed: Found; claims: boolean } | 'look' | 'due' | 'aborted' | 'crowded'

export type Handed = Extract<Woken, object>

interface Sleeper {
  token: string
  /** The record that it waits for. */
  name: string
  wake: ((woken: Woken) => void) | undefined
  /** What came while it was not asleep. */
  missed: Woken | undefined
  /** Undefined until it waits. */
  signal: AbortSignal | undefined
  waits: boolean
  abort: () => void
}

/**
 * The waiting requests of this process, by token.
 *
 * Each wakes by its own promise, so that it goes on in its own AsyncLocalStorage context, whoever woke it.
 */
export class Sleepers {
  readonly #byToken = new Map<string, Sleeper>()
  readonly #alarm = new Alarm<Sleeper>(sleeper => this.#wake(sleeper, 'due'))
  /** Those that wait for one session, in order of arrival. */
  readonly #byName = new Map<string, Set<Sleeper>>()
  #waiting = 0

  /** Those that wait. */
  get size(): number {
    return this.#waiting
  }

  /**
   * From its first question on a request may be handed the lock. Answers that arrive together are heard in any order:
   * without this, a hand-over that is heard before the place in the queue would be lost, and a second with it.
   */
  expect(token: string, name: string): void {
    this.#expect(token, name)
  }

  has(token: string): boolean {
    return this.#byToken.has(token)
  }

  /** From now on it waits. */
  add(token: string, name: string, signal: AbortSignal | undefined): void {
    const sleeper = this.#byToken.get(token) ?? this.#expect(token, name)
    sleeper.waits = true
    const together = this.#byName.get(name) ?? new Set()
    this.#byName.set(name, together.add(sleeper))
    sleeper.signal = signal
    this.#waiting += 1
    if (signal?.aborted) sleeper.missed = 'aborted'
    else signal?.addEventListener('abort', sleeper.abort, { once: true })
  }

  delete(token: string): void {
    const sleeper = this.#byToken.get(token)
    if (!sleeper) return
    this.#byToken.delete(token)
    if (sleeper.waits) {
      this.#waiting -= 1
      const together = this.#byName.get(sleeper.name)
      together?.delete(sleeper)
      if (together?.size === 0) this.#byName.delete(sleeper.name)
    }
    this.#alarm.delete(sleeper)
    sleeper.signal?.removeEventListener('abort', sleeper.abort)
  }

  sleep(token: string, ms: number): Promise<Woken> {
    const sleeper = this.#byToken.get(token)
    if (!sleeper) return Promise.resolve('aborted')
    if (sleeper.missed !== undefined) {
      const woken = sleeper.missed
      if (!isEnd(woken)) sleeper.missed = undefined
      return Promise.resolve(woken)
    }
    return new Promise(resolve => {
      sleeper.wake = resolve
      this.#alarm.set(sleeper, ms)
    })
  }

  /**
   * Makes room for one more that waits for this session, at the cost of the session for which most wait: its last waiter is
   * refused. False if that is this very session.
   */
  makeRoom(name: string): boolean {
    let longest: Set<Sleeper> | undefined
    for (const together of this.#byName.values()) {
      if (together.size > (longest?.size ?? 0)) longest = together
    }
    if (!longest || longest.size <= (this.#byName.get(name)?.size ?? 0) + 1) return false
    const last = [...longest].at(-1)
    if (last) longest.delete(last)
    this.#wake(last, 'crowded')
    return true
  }

  /** A message for one of ours; an empty token is for all. One that left meanwhile does not hear it. */
  wake(token: string, granted?: Found): void {
    if (token === '') for (const sleeper of [...this.#byToken.values()]) this.#wake(sleeper, 'look')
    else this.#wake(this.#byToken.get(token), granted ? { handed: granted, claims: true } : 'look')
  }

  /** False if nobody of that token waits here any more. */
  hand(token: string, found: Found): boolean {
    const sleeper = this.#byToken.get(token)
    this.#wake(sleeper, { handed: found, claims: false })
    return sleeper !== undefined
  }

  /** Takes out a hand-over that came while it was not asleep. */
  takeHanded(token: string): Handed | undefined {
    const sleeper = this.#byToken.get(token)
    if (typeof sleeper?.missed !== 'object') return undefined
    const handed = sleeper.missed
    sleeper.missed = undefined
    return handed
  }

  abortAll(spared: ReadonlySet<string> = new Set()): void {
    for (const sleeper of [...this.#byToken.values()]) if (!spared.has(sleeper.token)) sleeper.abort()
  }

  #expect(token: string, name: string): Sleeper {
    const sleeper: Sleeper = {
      token,
      name,
      wake: undefined,
      missed: undefined,
      signal: undefined,
      waits: false,
      abort: () => this.#wake(sleeper, 'aborted'),
    }
    this.#byToken.set(token, sleeper)
    return sleeper
  }

  #wake(sleeper: Sleeper | undefined, woken: Woken): void {
    if (!sleeper) return
    this.#alarm.delete(sleeper)
    const { wake } = sleeper
    sleeper.wake = undefined
    wake?.(woken)
    // An end is for good; a hand-over is worth more than a hint.
    if (isEnd(woken)) sleeper.missed = woken
    else if (!wake && !isEnd(sleeper.missed) && !(woken === 'look' && sleeper.missed)) sleeper.missed = woken
  }
}

function isEnd(woken: Woken | undefined): boolean {
  return woken === 'aborted' || woken === 'crowded'
}
