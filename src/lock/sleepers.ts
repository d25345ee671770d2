import type { Found } from '../store.ts'
import { Alarm } from './alarm.ts'

/** What ended a sleep: the lock itself with the data, a reason to look, or its time. */
export type Woken = { handed: Found } | 'look' | 'due' | 'aborted'

interface Sleeper {
  token: string
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
  #waiting = 0

  /** Those that wait. */
  get size(): number {
    return this.#waiting
  }

  /**
   * From its first question on a request may be handed the lock. Answers that arrive together are heard in any order:
   * without this, a hand-over that is heard before the place in the queue would be lost, and a second with it.
   */
  expect(token: string): void {
    this.#expect(token)
  }

  has(token: string): boolean {
    return this.#byToken.has(token)
  }

  /** From now on it waits. */
  add(token: string, signal: AbortSignal | undefined): void {
    const sleeper = this.#byToken.get(token) ?? this.#expect(token)
    sleeper.waits = true
    sleeper.signal = signal
    this.#waiting += 1
    if (signal?.aborted) sleeper.missed = 'aborted'
    else signal?.addEventListener('abort', sleeper.abort, { once: true })
  }

  delete(token: string): void {
    const sleeper = this.#byToken.get(token)
    if (!sleeper) return
    this.#byToken.delete(token)
    if (sleeper.waits) this.#waiting -= 1
    this.#alarm.delete(sleeper)
    sleeper.signal?.removeEventListener('abort', sleeper.abort)
  }

  sleep(token: string, ms: number): Promise<Woken> {
    const sleeper = this.#byToken.get(token)
    if (!sleeper) return Promise.resolve('aborted')
    if (sleeper.missed !== undefined) {
      const woken = sleeper.missed
      if (woken !== 'aborted') sleeper.missed = undefined
      return Promise.resolve(woken)
    }
    return new Promise(resolve => {
      sleeper.wake = resolve
      this.#alarm.set(sleeper, ms)
    })
  }

  /** A message for one of ours; an empty token is for all. One that left meanwhile does not hear it. */
  wake(token: string): void {
    if (token === '') for (const sleeper of [...this.#byToken.values()]) this.#wake(sleeper, 'look')
    else this.#wake(this.#byToken.get(token), 'look')
  }

  /** False if nobody of that token waits here any more. */
  hand(token: string, found: Found): boolean {
    const sleeper = this.#byToken.get(token)
    this.#wake(sleeper, { handed: found })
    return sleeper !== undefined
  }

  /** Takes out a hand-over that came while it was not asleep. */
  takeHanded(token: string): Found | undefined {
    const sleeper = this.#byToken.get(token)
    if (typeof sleeper?.missed !== 'object') return undefined
    const { handed } = sleeper.missed
    sleeper.missed = undefined
    return handed
  }

  abortAll(spared: ReadonlySet<string> = new Set()): void {
    for (const sleeper of [...this.#byToken.values()]) if (!spared.has(sleeper.token)) sleeper.abort()
  }

  #expect(token: string): Sleeper {
    const sleeper: Sleeper = {
      token,
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
    // An abort is for good; a hand-over is worth more than a hint.
    if (woken === 'aborted') sleeper.missed = woken
    else if (!wake && sleeper.missed !== 'aborted' && !(woken === 'look' && sleeper.missed))
      sleeper.missed = woken
  }
}
