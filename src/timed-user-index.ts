import type { StoreStep } from './events.ts'
import type { Epochs, Indexed, Reservation, Reserved, UserIndex } from './store/user-index.ts'

/** Times one step: what it answers, or throws, is handed on. */
export type Timing = <T>(step: StoreStep, call: () => Promise<T>, name?: string) => Promise<T>

/** An index of users whose steps are timed, as those of `TimedStore` are. */
export class TimedUserIndex implements UserIndex {
  readonly #index: UserIndex
  readonly #timed: Timing

  constructor(index: UserIndex, timed: Timing) {
    this.#index = index
    this.#timed = timed
  }

  reserve(user: string, ask: Reservation): Promise<Reserved> {
    return this.#timed('users.reserve', () => this.#index.reserve(user, ask), ask.name)
  }

  follow(user: string, from: string, to: string): Promise<number | undefined> {
    return this.#timed('users.follow', () => this.#index.follow(user, from, to), to)
  }

  epochs(user: string, name: string): Promise<Epochs> {
    return this.#timed('users.epochs', () => this.#index.epochs(user, name), name)
  }

  list(user: string): Promise<{ epoch: number; sessions: Indexed[] }> {
    return this.#timed('users.list', () => this.#index.list(user))
  }

  end(user: string, except: string | undefined, lasts: number): Promise<string[]> {
    return this.#timed('users.end', () => this.#index.end(user, except, lasts))
  }

  forget(user: string, names: readonly string[]): Promise<void> {
    return this.#timed('users.forget', () => this.#index.forget(user, names))
  }
}
