import type { Data } from './codec/json.ts'
import { sessionReadOnly } from './errors.ts'
import type { Wait } from './lock/waiting.ts'
import type { SessionData } from './session/data.ts'
import { KnownRecord } from './session/known-record.ts'
import { OpenRecord } from './session/open-record.ts'
import type { CommitOptions, CommitOutcome, Mode } from './session/outcome.ts'
import { type Naming, Ownership } from './session/ownership.ts'
import { Stay } from './session/running.ts'
import { type Encoding, encoded } from './session/stored-data.ts'
import type { StoredText } from './session/stored-text.ts'
import { store } from './session/storing.ts'
import { Succession } from './session/succession.ts'
import type { Opened, Surroundings } from './session/surroundings.ts'
import { Turns } from './session/turns.ts'
import { commitMode, isEmpty, isPassive, releaseStep, upgradeStep } from './session-rules.ts'
import type { Write } from './store.ts'
import type { LoginOptions } from './users/user-options.ts'

/** One request's session: the data, and the ways to end. */
export class Session<D extends object = SessionData> {
  readonly #around: Surroundings
  #record: OpenRecord
  #mode: Mode
  #destroyed = false
  readonly #succession = new Succession()
  readonly #ownership: Ownership
  /** Its steps run one after the other. */
  readonly #turns = new Turns()
  readonly #bot: boolean
  readonly #wait: Wait
  /** While it lasts, `Sessions.close` waits for this session. */
  readonly #stay: Stay

  /** `METHOD host/path` of its request. */
  readonly request: string
  /** Yours to change. Nothing is stored before `commit`. */
  data: D

  /** @internal */
  constructor(around: Surroundings, opened: Opened) {
    this.#around = around
    this.#ownership = new Ownership(around.users)
    this.#record = new OpenRecord(around, opened, new KnownRecord(opened.found), opened.decoded)
    this.#mode = opened.mode
    this.#bot = opened.visitor.bot
    this.request = opened.request
    this.#wait = opened.wait
    this.data = opened.decoded.data as D
    this.#stay = new Stay(around.running, this)
    opened.handle.keeper = this.#stay.self
    around.progress.opened(opened)
    // A session that only reads need not end.
    if (!isPassive(this.#mode)) this.#stay.begin()
  }

  /** @internal For adapters: the data as it is stored, as text, and what is to be compared with it. */
  get text(): StoredText {
    return this.#record.text
  }

  /** The session id, as it is in the cookie. */
  get id(): string {
    return this.#record.identity.id
  }

  /** Nothing is stored under this id yet. */
  get isNew(): boolean {
    return !this.#record.known.stored && !this.isOver
  }

  /** It has ended, as far as this request was told, or goes on under another id: nothing of this request is stored. */
  get isOver(): boolean {
    return this.#mode === 'moved' || this.#mode === 'ended'
  }

  /** Its request ended it. */
  get isDestroyed(): boolean {
    return this.#destroyed
  }

  /** For the handler: whether this request holds the lock of that record of its own. */
  holds(name: string, of: object): boolean {
    const { handle, identity } = this.#record
    return handle.held && identity.name === name && this.#around === of
  }

  /** How this request may use the session now. */
  get access(): Mode {
    return this.#mode
  }

  /** Whether this request holds the lock, as far as it knows. */
  get locked(): boolean {
    return this.#record.handle.held
  }

  /** Commits of this session so far, this request's among them: the version of the data. */
  get writes(): number {
    return this.#record.known.writes
  }

  /** Aborted once this request has lost its lock; whatever it does from then on will not be written. */
  get signal(): AbortSignal {
    return this.#around.locks.signalOf(this.#record.handle)
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
    if (options.late && this.#mode === 'exclusive' && !this.#record.handle.held) this.#mode = 'optimistic'
    let goesOn = options.keep ?? false
    try {
      const rule = commitMode(this.#known)
      if ('refused' in rule) return this.#record.report.refused(rule.refused)
      const { stored, user } = this.#record.known
      if (!stored && user === undefined && isEmpty(this.data)) {
        // Nothing goes on under the new id: a logout.
        await this.#ownership.end(this.#record)
        await this.#succession.end()
        return { written: false, reason: 'empty' }
      }
      const made = await encoded(this.#around.codec, this.data as Data, options.text, this.#record)
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
    const keep = (options.keep ?? false) && this.#mode === 'exclusive'
    const record = this.#record
    const storing = { record, succession: this.#succession, ownership: this.#ownership }
    const { outcome, leaves } = await store(storing, made, { ...options, mode, keep }, () => {
      // It counted on upon a commit of its own whose answer was lost, and the lock with it.
      if (keep && !this.locked && !record.handle.lost) this.#mode = 'optimistic'
    })
    if (leaves === 'destroyed') this.#destroyed = true
    else if (leaves) this.#mode = leaves
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
    if (!this.#record.known.stored) await this.#ownership.withdraw()
    const rule = releaseStep(this.#known, options.touch)
    if (rule.step === 'nothing') return false
    const touch = this.#record.touchOf(options.maxAge)
    if (rule.step === 'unlock') return this.#record.release(rule.touches ? touch : undefined)
    return this.#record.touch(touch)
  }

  /** Ends the session without waiting for its lock, and the one under the old id after a `regenerate`. No commit brings it back. */
  destroy(): Promise<void> {
    return this.#turns.take(() => this.#stay.during(() => this.#destroy()))
  }

  async #destroy(): Promise<void> {
    await this.#succession.end()
    if (this.#record.mayBeStored && !this.isOver) await this.#record.destroy()
    await this.#ownership.end(this.#record)
    this.data = {} as D
    this.#destroyed = true
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

  async #regenerate(id: string | undefined, naming: Naming): Promise<void> {
    if (this.#mode === 'readonly') throw sessionReadOnly('regenerated')
    const identity = this.#around.identity(id)
    const owned = await naming(this.#record, identity)
    this.#stay.begin()
    const record = this.#record
    if (record.mayBeStored && !this.isOver && !this.#destroyed)
      this.#succession.follow({ record, mode: this.#mode })
    // What it read is of before a login.
    if (this.#mode === 'moved') this.data = {} as D
    if (this.#mode === 'gave-up' || this.#mode === 'moved') this.#mode = this.#around.most(this.#bot)
    this.#record = record.followed(identity)
    Object.assign(this.#record.known, owned)
    this.#destroyed = false
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
    const rule = upgradeStep(this.#known, this.#around.most(this.#bot))
    if (rule.step === 'refuse') return false
    if (rule.step !== 'acquire') {
      this.#mode = rule.mode
      return rule.step === 'nothing' || this.#reload()
    }
    const got = await this.#record.upgrade(this.#wait)
    if (got.outcome === 'missing' || got.outcome === 'gone') {
      this.#destroyed = true
      this.data = {} as D
      return false
    }
    this.#mode = got.outcome === 'granted' ? 'exclusive' : 'gave-up'
    const readable = this.#takes(got.found && (await this.#record.read(got.found)))
    if (!readable) await this.#release({ touch: false })
    return readable && got.outcome === 'granted'
  }

  /** Reads the record as it is now, whatever lock is held. False if it is gone or cannot be read. */
  reload(): Promise<boolean> {
    return this.#turns.take(() => this.#reload())
  }

  async #reload(): Promise<boolean> {
    return this.#takes(await this.#record.reload())
  }

  /** For adapters: data was changed after the end of this request, and nothing will store that. */
  changedTooLate(): void {
    this.#record.report.changedTooLate()
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
    const { known, handle } = this.#record
    const { held, lost } = handle
    return { mode: this.#mode, stored: known.stored, destroyed: this.#destroyed, held, lost }
  }
}
