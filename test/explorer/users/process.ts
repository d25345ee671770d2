// A process whose every step of the store waits until the explorer lets it happen; between two of them it runs on by itself.
import { createSessions, type OptionsInput, type Sessions } from '../../../src/index.ts'
import type { Store } from '../../../src/store.ts'

/** A step that has been asked for, and has not happened yet. */
export interface Pending {
  process: string
  step: string
  happens(): Promise<void>
  fails(error: Error): void
}

const STEPS = new Set(['acquire', 'read', 'commit', 'release', 'leave', 'touch', 'destroy', 'inspect'])

type Calls = Record<string, (...args: unknown[]) => Promise<unknown>>

export class Process {
  readonly name: string
  readonly sessions: Sessions
  readonly pending: Pending[] = []
  /** Steps happen at once: before the first and after the last of a schedule. */
  free = true
  dead = false

  constructor(name: string, store: Store, options: OptionsInput, changed: Partial<Store['users']> = {}) {
    this.name = name
    const users = { ...this.#gated(store.users, 'users.', () => true), ...changed }
    const quiet = { close: async () => {}, listen: async () => {}, ping: async () => {} }
    const gated = { kind: store.kind, ...this.#gated(store, '', step => STEPS.has(step)), ...quiet, users }
    this.sessions = createSessions(
      { compression: 'none', logLevel: 'silent', ...options },
      { store: gated as unknown as Store },
    )
  }

  /** Nothing that it has asked for happens, and nothing that it asks for. */
  dies(): void {
    this.dead = true
  }

  async close(): Promise<void> {
    this.free = true
    for (const { fails } of this.pending.splice(0)) fails(new Error('its process has died'))
    await this.sessions.close({ grace: 0 })
  }

  /** The steps of an object, each behind the gate. */
  #gated(of: object, prefix: string, isStep: (name: string) => boolean): Calls {
    const calls: Calls = {}
    for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(of))) {
      const call = (of as Calls)[name]
      if (typeof call !== 'function' || name === 'constructor' || !isStep(name)) continue
      calls[name] = (...args) => this.#asks(`${prefix}${name}`, () => call.apply(of, args))
    }
    return calls
  }

  #asks(step: string, call: () => Promise<unknown>): Promise<unknown> {
    if (this.free) return call()
    return new Promise((resolve, reject) => {
      this.pending.push({
        process: this.name,
        step,
        happens: () => call().then(resolve, reject),
        fails: reject,
      })
    })
  }
}

/** Everything has run on as far as it can. No step waits for a timer. */
export async function settled(): Promise<void> {
  for (let n = 0; n < 4; n += 1) await new Promise(resolve => setImmediate(resolve))
}
