import { SessionError } from '../errors.ts'
import type { SessionData } from '../session/data.ts'
import { type Mode, refusalOf } from '../session/outcome.ts'
import type { RotateOptions } from '../session/rotation.ts'
import type { LoginOptions } from '../users/user-options.ts'
import { deepFreeze } from './freeze.ts'
import type { Visit } from './visit.ts'

/** A request's session as the application sees it. Its data stands apart, so that no key of it collides with a method. */
export class WebSession<D extends object = SessionData> {
  readonly #visit: Visit
  readonly #failed: (error: unknown) => void

  /**
   * @param failed hears of what goes wrong in a step, beside who asked for it
   * @internal
   */
  constructor(visit: Visit, failed: (error: unknown) => void = () => {}) {
    this.#visit = visit
    this.#failed = failed
  }

  /** The visitor's data, yours to change until the handler ends. It is stored then, and frozen. */
  get data(): D {
    return this.#visit.session.data as D
  }

  set data(data: D) {
    this.#refuseLate()
    this.#visit.session.data = data as Record<string, unknown>
  }

  /** The session id. */
  get id(): string {
    return this.#visit.session.id
  }

  /** Nothing is stored under this id yet. */
  get isNew(): boolean {
    return this.#visit.session.isNew
  }

  /** How this request may use the session now. */
  get access(): Mode {
    return this.#visit.session.access
  }

  /** Whether this request holds the lock, as far as it knows. */
  get locked(): boolean {
    return this.#visit.session.locked
  }

  /** Aborted once this request has lost its lock: what it does from then on will not be stored. */
  get signal(): AbortSignal {
    return this.#visit.session.signal
  }

  /** Seconds that the cookie lives from now on; undefined for one that ends with the browser. Set, it holds for this session alone. */
  get maxAge(): number | undefined {
    return this.#visit.maxAge
  }

  set maxAge(seconds: number | undefined) {
    if (seconds !== undefined && !(seconds > 0)) {
      throw new TypeError(`session.maxAge: expected more than 0 seconds, or undefined, got ${seconds}`)
    }
    this.#refuseLate()
    const originalMaxAge = seconds === undefined ? null : seconds * 1000
    this.#visit.ownCookie = { ...this.#visit.ownCookie, originalMaxAge }
  }

  /**
   * Stores the data now and keeps the lock. The end of the handler does it too.
   *
   * @throws {SessionError} `COMMIT_REFUSED` where it was not stored, and what the store throws
   */
  async save(): Promise<void> {
    await this.#noted(
      this.#visit.save().then(outcome => {
        const error = refusalOf(outcome)
        if (error) throw error
      }),
    )
  }

  /** Reads the data again. @returns false if the session has ended */
  reload(): Promise<boolean> {
    return this.#noted(this.#visit.reload())
  }

  /**
   * Takes the lock for a session that was opened without, and reads the data again. What was read before is frozen.
   *
   * @returns false if the session has ended, or the wait for its lock was given up
   * @throws {SessionError} as `Sessions.open`
   */
  upgrade(): Promise<boolean> {
    return this.#noted(this.#visit.upgrade())
  }

  /** The same data under a new id: for a login, against fixation. The old session ends once the new one is stored. */
  regenerate(): Promise<void> {
    return this.#underNewId((session, id) => session.regenerate(id))
  }

  /**
   * A user has logged in: the same data under a new id, as a session of this user. The session of the old id ends once the new one
   * is stored. See `sessions.of` and `sessions.endOf`.
   *
   * @param user the user's id, of which only a hash is stored
   * @throws {SessionError} `SESSION_LIMIT` where `onMax` is `refuse`: the session is as it was
   */
  login(user: string, options?: LoginOptions): Promise<void> {
    return this.#underNewId((session, id) => session.login(user, options, id))
  }

  /**
   * The same session under a new id, from time to time, so that an id that leaked is worth little for long. Not for a login: the
   * old id leads to the new one during the grace.
   *
   * @param options.grace seconds that the old id leads to the new one; 30 by default, and 0 for not at all
   * @returns false where nothing is stored yet, the session has ended, or the headers have left, so that no cookie could tell the id
   * @throws {SessionError} `SESSION_READ_ONLY`
   */
  rotate(options: RotateOptions = {}): Promise<boolean> {
    return this.#noted(this.#visit.rotate(options))
  }

  /** Logout: ends the session. It does not wait for the lock. `regenerate` begins another one. */
  async destroy(): Promise<void> {
    await this.#noted(this.#visit.destroy())
    deepFreeze(this.#visit.session.data)
  }

  #underNewId(how: Parameters<Visit['regenerate']>[1]): Promise<void> {
    return this.#noted(this.#visit.regenerate({ ...this.#visit.session.data }, how))
  }

  async #noted<T>(step: Promise<T>): Promise<T> {
    try {
      return await step
    } catch (error) {
      this.#failed(error)
      throw error
    }
  }

  #refuseLate(): void {
    if (!this.#visit.isEnded) return
    throw new SessionError(
      'COMMIT_REFUSED',
      'The session was changed after its handler had ended: nothing would store it.',
    )
  }
}
