import type { SessionError } from './errors.ts'
import type { StoreStep } from './events.ts'
import type { Progress } from './progress.ts'
import type {
  Acquired, Ask, Committed, Destroyed, Found, Gone, Inspected, Lease, Release, Released, Renewed, Store,
  Tombstone, Touch, Waiter, Write,
} from './store.ts' // biome-ignore format: one glance
import { TimedUserIndex } from './timed-user-index.ts'

/** A store whose steps are timed while there is a listener. Otherwise it hands on the calls and their promises as they are. */
export class TimedStore implements Store {
  readonly users: TimedUserIndex
  readonly #store: Store
  readonly #progress: Progress
  readonly #hashOf: (name: string) => string

  /** @param hashOf the short hash of a record's name, for events: with plain naming the name is the id */
  constructor(store: Store, progress: Progress, hashOf: (name: string) => string) {
    this.#store = store
    this.#progress = progress
    this.#hashOf = hashOf
    this.users = new TimedUserIndex(store.users, (step, call, name) =>
      this.#timed(step, this.#progress.begun(), call(), name),
    )
  }

  get kind() {
    return this.#store.kind
  }

  acquire(name: string, ask: Ask): Promise<Acquired> {
    const began = this.#progress.begun()
    return this.#timed('acquire', began, this.#store.acquire(name, ask), name, ask.request)
  }

  read(name: string): Promise<Found | Gone | undefined> {
    const began = this.#progress.begun()
    return this.#timed('read', began, this.#store.read(name), name)
  }

  commit(name: string, write: Write): Promise<Committed> {
    const began = this.#progress.begun()
    return this.#timed('commit', began, this.#store.commit(name, write), name, write.request)
  }

  release(name: string, end: Release): Promise<Released> {
    const began = this.#progress.begun()
    return this.#timed('release', began, this.#store.release(name, end), name, end.request)
  }

  leave(name: string, waiter: Waiter): Promise<Released> {
    const began = this.#progress.begun()
    return this.#timed('leave', began, this.#store.leave(name, waiter), name, waiter.request)
  }

  renew(leases: readonly Lease[]): Promise<Renewed[]> {
    const began = this.#progress.begun()
    return this.#timed('renew', began, this.#store.renew(leases))
  }

  touch(name: string, touch: Touch): Promise<'touched' | 'fresh' | 'missing'> {
    const began = this.#progress.begun()
    return this.#timed('touch', began, this.#store.touch(name, touch), name)
  }

  destroy(name: string, tombstone: Tombstone): Promise<Destroyed> {
    const began = this.#progress.begun()
    return this.#timed('destroy', began, this.#store.destroy(name, tombstone), name)
  }

  listen(nonce: string, wake: (token: string, granted?: Found) => void): Promise<void> {
    return this.#store.listen(nonce, wake)
  }

  names(): AsyncIterable<string> {
    return this.#store.names()
  }

  inspect(name: string): Promise<Inspected | undefined> {
    return this.#store.inspect(name)
  }

  ping(): Promise<void> {
    return this.#store.ping()
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  /** No `async`: without a listener, not even a promise is added. */
  #timed<T>(
    step: StoreStep,
    began: number | undefined,
    answer: Promise<T>,
    name?: string,
    request?: string,
  ): Promise<T> {
    return began === undefined ? answer : this.#told(step, began, answer, name, request)
  }

  async #told<T>(
    step: StoreStep,
    began: number,
    answer: Promise<T>,
    name: string | undefined,
    request = '',
  ): Promise<T> {
    const info = { session: name === undefined ? '' : this.#hashOf(name), request }
    try {
      const answered = await answer
      this.#progress.answered(info, step, began, outcomeOf(answered), false)
      return answered
    } catch (error) {
      this.#progress.answered(info, step, began, (error as Partial<SessionError>).code, true)
      throw error
    }
  }
}

/** Most answers name their outcome, and the touch is one. */
function outcomeOf(answer: unknown): string | undefined {
  return typeof answer === 'string' ? answer : (answer as { outcome?: string } | undefined)?.outcome
}
