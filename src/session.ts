import type { Data } from './codec/json.ts'
import { sessionReadOnly } from './errors.ts'
import type { Wait } from './lock/waiting.ts'
import type { SessionData } from './session/data.ts'
import { OpenSession } from './session/open-session.ts'
import type { CommitOptions, CommitOutcome } from './session/outcome.ts'
import { type Naming, Ownership } from './session/ownership.ts'
import { graceOf, type RotateOptions } from './session/rotation.ts'
import { Stay } from './session/running.ts'
import { type Encoding, encoded } from './session/stored-data.ts'
import { store } from './session/storing.ts'
import { Succession } from './session/succession.ts'
import type { Opened, Surroundings } from './session/surroundings.ts'
import { Turns } from './session/turns.ts'
import { commitMode, isEmpty, isPassive, releaseStep, upgradeStep } from './session-rules.ts'
import type { Write } from './store.ts'
import type { LoginOptions } from './users/user-options.ts'

/** One request's session: the data, and the ways to end. */
export class Session<D extends object = SessionData> extends OpenSession<D> {
  readonly #succession = new Succession()
  readonly #ownership: Ownership
  /** Its steps run one after the other. */
  readonly #turns = new Turns()
  readonly #bot: boolean
  readonly #wait: Wait
  /** While it lasts, `Sessions.close` waits for this session. */
  readonly #stay: Stay

  /** @internal */
  constructor(around: Surroundings, opened: Opened) {
    super(around, opened)
    this.#ownership = new Ownership(around.users)
    this.#bot = opened.visitor.bot
    this.#wait = opened.wait
    this.#stay = new Stay(around.running, this)
    opened.handle.keeper = this.#stay.self
    around.progress.opened(opened)
    // A session that only reads need not end.
    if (!isPassive(this.state.mode)) this.#stay.begin()
  }

  /**
   * Writes the data and unlocks, in one step.
   *
   * @throws {SessionError} `STORE_UNAVAILABLE` and its like: whether it was written is not known
   */
  commit(options: CommitOptions = {}): Promise<CommitOutcome> {
    return this.#turns.take(() => this.#commit(options))
  }

  async #commit(options: CommitOptions): Promise<CommitOutcome> {
    const entry = this.#stay.begin()
    if (options.late && this.state.mode === 'exclusive' && !this.state.record.handle.held)
      this.state.mode = 'optimistic'
    let goesOn = options.keep ?? false
    try {
      const rule = commitMode(this.#known)
      if ('refused' in rule) return this.state.record.report.refused(rule.refused)
      const { stored, user } = this.state.record.known
      if (!stored && user === undefined && isEmpty(this.data) && !this.#succession.isRotation) {
        // Nothing goes on under the new id: a logout.
        await this.#ownership.end(this.state.record)
        await this.#succession.end()
        return { written: false, reason: 'empty' }
      }
      const made = await encoded(this.state.around.codec, this.data as Data, options.text, this.state.record)
      if (!('payload' in made)) {
        await this.#release({ touch: false })
        return made
      }
      const outcome = await this.#write(rule.mode, made, options)
      goesOn ||= !outcome.written && outcome.reason === 'conflict' && options.retries === true
      return outcome
    } finally {
      if (!goesOn) this.#stay.end(entry)
    }
  }

  async #write(mode: Write['mode'], made: Encoding, options: CommitOptions): Promise<CommitOutcome> {
    const keep = (options.keep ?? false) && this.state.mode === 'exclusive'
    const record = this.state.record
    const storing = { record, succession: this.#succession, ownership: this.#ownership }
    const { outcome, leaves } = await store(storing, made, { ...options, mode, keep }, () => {
      // It counted on upon a commit of its own whose answer was lost, and the lock with it.
      if (keep && !this.locked && !record.handle.lost) this.state.mode = 'optimistic'
    })
    if (leaves === 'destroyed') this.state.destroyed = true
    else if (leaves) this.state.mode = leaves
    return outcome
  }

  /**
   * Ends the request without writing: unlocks, and keeps the session alive.
   *
   * @param options.touch extend the record's life; true by default, but for readonly access. Done at most once in touchInterval
   * @returns whether the store said that the session lives, and its lock was this request's to the end if it had taken it
   */
  release(options: { touch?: boolean; maxAge?: number | undefined } = {}): Promise<boolean> {
    return this.#turns.take(() => this.#stay.during(() => this.#release(options)))
  }

  async #release(options: { touch?: boolean; maxAge?: number | undefined }): Promise<boolean> {
    if (this.#succession.pending) await this.#succession.abandon()
    if (!this.state.record.known.stored) await this.#ownership.withdraw()
    const rule = releaseStep(this.#known, options.touch)
    if (rule.step === 'nothing') return false
    const touch = this.state.record.touchOf(options.maxAge)
    if (rule.step === 'unlock') return this.state.record.release(rule.touches ? touch : undefined)
    return this.state.record.touch(touch)
  }

  /** Ends the session without waiting for its lock, and the one under the old id after a `regenerate`. No commit brings it back. */
  destroy(): Promise<void> {
    return this.#turns.take(() => this.#stay.during(() => this.#destroy()))
  }

  async #destroy(): Promise<void> {
    await this.#succession.end()
    if (this.state.record.mayBeStored && !this.isOver) await this.state.record.destroy()
    await this.#ownership.end(this.state.record)
    this.data = {} as D
    this.state.destroyed = true
  }

  /**
   * The same data under a new id, to be committed: for a login, against fixation. The old session ends once the new one is
   * stored; if that fails, it is as it was. The commit is refused if the old one has changed, moved or ended, or its lock is lost.
   * Where it has moved before, the new one begins without data.
   *
   * @param id of the caller's own making; a random one by default
   * @param keepsUser it goes on as the session of the user who has logged in; true by default
   * @throws {SessionError} `SESSION_READ_ONLY`, `ID_MALFORMED`
   */
  regenerate(id?: string, keepsUser = true): Promise<void> {
    return this.#turns.take(() => this.#regenerate(id, this.#ownership.naming(keepsUser)))
  }

  /**
   * A user has logged in: the same data under a new id as by `regenerate`, as a session of this user, to be committed. Its absolute
   * age begins anew. The commit is refused with `destroyed` if the user's sessions are ended meanwhile.
   *
   * @param user the user's id, of which only a hash is stored
   * @throws {SessionError} `SESSION_LIMIT`, `SESSION_READ_ONLY`, and what the store throws: the session is as it was then
   * @throws {TypeError} where the option `users.secret` is not set
   */
  login(user: string, options: LoginOptions = {}, id?: string): Promise<void> {
    return this.#turns.take(() =>
      this.#regenerate(id, (from, to) => this.#ownership.login(from, to, user, options)),
    )
  }

  /**
   * The same session under a new id, to be committed: so that an id that leaked is worth little for long. Not for a login, for the
   * old id leads to the new one during the grace: requests with the old one are served, and their browsers told the new one.
   * Afterwards the old id is refused, and its use is the event `old-id-used`.
   *
   * @param options.grace seconds that the old id leads to the new one; 30 by default, and 0 for not at all
   * @param options.id of the caller's own making; a random one by default
   * @returns false where nothing is stored, or the session has ended: there is nothing to rotate
   * @throws {RangeError} for a grace that is no number from 0 on, or more than a day
   * @throws {SessionError} `SESSION_READ_ONLY`, `ID_MALFORMED`
   */
  rotate(options: RotateOptions = {}): Promise<boolean> {
    return this.#turns.take(async () => {
      const grace = graceOf(options)
      if (this.state.mode === 'readonly') throw sessionReadOnly('rotated')
      if (!this.state.record.known.stored || this.isOver || this.state.destroyed) return false
      await this.#regenerate(options.id, this.#ownership.naming(true), grace)
      return true
    })
  }

  async #regenerate(id: string | undefined, naming: Naming, grace?: number): Promise<void> {
    if (this.state.mode === 'readonly') throw sessionReadOnly('regenerated')
    const identity = this.state.around.identity(id)
    const owned = await naming(this.state.record, identity)
    const mode = this.state.mode
    this.#stay.begin()
    const record = this.state.record
    if (grace === undefined) this.#succession.hide()
    if (record.mayBeStored && !this.isOver && !this.state.destroyed)
      this.#succession.follow({ record, mode, grace })
    // What it read is of before a login.
    if (mode === 'moved') this.data = {} as D
    if (mode === 'gave-up' || mode === 'moved') this.state.mode = this.state.around.most(this.#bot)
    this.state.record = record.followed(identity)
    Object.assign(this.state.record.known, owned)
    this.state.destroyed = false
  }

  /**
   * From readonly or optimistic to exclusive: takes the lock and reads afresh. Without the lock, where locking is off or a bot
   * takes none. Asked twice at once, it takes the lock once.
   *
   * @returns false if the session is gone, the wait for its lock was given up, or it is a bot's that leaves no record
   * @throws {SessionError} as `Sessions.open`
   */
  upgrade(): Promise<boolean> {
    return this.#turns.take(() => {
      const { lasts } = this.#stay
      return this.#stay.during(
        () => this.#upgrade(),
        upgraded => lasts || upgraded,
      )
    })
  }

  async #upgrade(): Promise<boolean> {
    const rule = upgradeStep(this.#known, this.state.around.most(this.#bot))
    if (rule.step === 'refuse') return false
    if (rule.step !== 'acquire') {
      this.state.mode = rule.mode
      return rule.step === 'nothing' || this.#reload()
    }
    const got = await this.state.record.upgrade(this.#wait)
    if (got.outcome === 'missing' || got.outcome === 'gone') {
      this.state.destroyed = true
      this.data = {} as D
      return false
    }
    this.state.mode = got.outcome === 'granted' ? 'exclusive' : 'gave-up'
    const readable = this.#takes(got.found && (await this.state.record.read(got.found)))
    if (!readable) await this.#release({ touch: false })
    return readable && got.outcome === 'granted'
  }

  /** Reads the record as it is now, whatever lock is held. False if it is gone or cannot be read. */
  reload(): Promise<boolean> {
    return this.#turns.take(() => this.#reload())
  }

  async #reload(): Promise<boolean> {
    return this.#takes(await this.state.record.reload())
  }

  /** For adapters: data was changed after the end of this request, and nothing will store that. */
  changedTooLate(): void {
    this.state.record.report.changedTooLate()
  }

  /** Whether `Sessions.close` waits for the end of this session, whatever its access says: an adapter ends a read-only one. */
  awaitEnd(awaited: boolean): void {
    if (awaited) this.#stay.begin()
    else this.#stay.end()
  }

  #takes(data: Data | undefined): boolean {
    if (data) this.data = data as D
    return data !== undefined
  }

  get #known() {
    const { known, handle } = this.state.record
    const { held, lost } = handle
    return { mode: this.state.mode, stored: known.stored, destroyed: this.state.destroyed, held, lost }
  }
}
