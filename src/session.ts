import { type Data, sourceOf } from './codec/json.ts'
import { encoded } from './encoding.ts'
import { sessionReadOnly } from './errors.ts'
import { type Follows, KnownRecord } from './known-record.ts'
import { lifetime, touchFor, type Visitor } from './lifetime.ts'
import type { Hold } from './lock/hold.ts'
import type { CommitOptions, CommitOutcome, Standing } from './outcome.ts'
import { Stay } from './running.ts'
import { commitMode, isEmpty, isOver, isPassive, mayTouch } from './session-rules.ts'
import { type Found, isGone, type Write } from './store.ts'
import { Succession } from './succession.ts'
import type { Ending, Identity, Opened, Surroundings } from './surroundings.ts'
import { Telling } from './telling.ts'

/** One request's session: the data, and the ways to end. */
export class Session {
  readonly #around: Surroundings
  #identity: Identity
  #telling: Telling
  #hold: Hold
  #standing: Standing
  #record: KnownRecord
  #destroyed = false
  readonly #succession: Succession
  #source: string | undefined
  #upgrading: Promise<boolean> | undefined
  readonly #visitor: Omit<Visitor, 'rung'>
  readonly #request: string
  readonly #signal: AbortSignal | undefined
  /** While it lasts, `Sessions.close` waits for this session. */
  readonly #stay: Stay

  /** Yours to change. Nothing is stored before `commit`. */
  data: Data

  constructor(around: Surroundings, opened: Opened) {
    this.#around = around
    this.#succession = new Succession(around)
    this.#identity = opened.identity
    this.#telling = new Telling(around.emit, opened.identity.hash, opened.request)
    this.#hold = opened.hold
    this.#standing = opened.standing
    this.#record = new KnownRecord(opened.found, opened.follows)
    this.#visitor = opened.visitor
    this.#request = opened.request
    this.#signal = opened.signal
    this.data = opened.data
    this.#source = sourceOf(opened.data)
    this.#stay = new Stay(around.running, this)
    this.#hold.keeper = this.#stay.self
    // A session that only reads need not end.
    if (!isPassive(this.#standing)) this.#stay.begin()
  }

  /** The JSON that is stored, as far as this request knows it; undefined for data from elsewhere. */
  get source(): string | undefined {
    return this.#source
  }

  get id(): string {
    return this.#identity.id
  }

  /** Nothing is stored under this id yet. */
  get isNew(): boolean {
    return !this.#record.stored && !this.isOver
  }

  /** It had ended when this request came to it, or goes on under another id: nothing of this request is stored. */
  get isOver(): boolean {
    return this.#standing === 'moved' || this.#standing === 'ended'
  }

  /** Its request ended it. */
  get isDestroyed(): boolean {
    return this.#destroyed
  }

  /** `METHOD host/path` of its request. */
  get request(): string {
    return this.#request
  }

  /** For the handler: whether this request holds the lock of that record of its own. */
  holds(name: string, of: object): boolean {
    return this.#hold.held && this.#identity.name === name && this.#around === of
  }

  get access(): Standing {
    return this.#standing
  }

  /** Whether this request holds the lock, as far as it knows. */
  get locked(): boolean {
    return this.#hold.held
  }

  /** Commits of this session so far, this request's among them: the version of the data. */
  get writes(): number {
    return this.#record.writes
  }

  /** For adapters that give it a new id. */
  get follows(): Follows {
    return this.#record
  }

  /** Aborted once this request has lost its lock; whatever it does from then on will not be written. */
  get signal(): AbortSignal {
    return this.#hold.signal
  }

  /**
   * Writes the data and unlocks, in one step.
   *
   * @throws {SessionError} `STORE_UNAVAILABLE` and its like: whether it was written is not known
   */
  async commit(options: CommitOptions = {}): Promise<CommitOutcome> {
    const entry = this.#stay.begin()
    if (options.late && this.#standing === 'exclusive' && !this.#hold.held) this.#standing = 'optimistic'
    let goesOn = options.keep ?? false
    try {
      const rule = commitMode(this.#known)
      if ('refused' in rule) return this.#telling.refused(rule.refused)
      const { mode } = rule
      if (!this.#record.stored && isEmpty(this.data)) {
        await this.#succession.complete(this.data, this.#telling)
        return { written: false, reason: 'empty' }
      }
      const identity = this.#identity
      const payload = await encoded(this.#around.codec, this.data, options.json, this.#telling)
      // Meanwhile this request may have destroyed the session, for a new id too.
      if (this.#destroyed || this.#identity !== identity) return this.#telling.refused('destroyed')
      if (!Buffer.isBuffer(payload)) {
        await this.release({ touch: false })
        return payload
      }
      const outcome = await this.#write(mode, payload, options)
      goesOn ||= !outcome.written && outcome.reason === 'conflict' && options.retries === true
      return outcome
    } finally {
      if (!goesOn) this.#stay.end(entry)
    }
  }

  async #write(mode: Write['mode'], data: Buffer, options: CommitOptions): Promise<CommitOutcome> {
    const { lifetimes } = this.#around
    const step = () =>
      this.#hold.commit({
        mode,
        base: this.#record.writes,
        born: this.#record.born,
        created: this.#record.created,
        data,
        ttl: lifetime(this.#visitorNow(options.maxAge), lifetimes) * 1000,
        absolute: lifetimes.absoluteLifetime * 1000,
        keep: (options.keep ?? false) && this.#standing === 'exclusive',
      })
    const committed = await this.#telling.tried('commit', step).catch(error => {
      // It is not known whether the new session is stored; the lock of an old one is given back.
      this.#succession.abandon(this.#telling).catch(() => {})
      throw error
    })
    if (committed.outcome === 'refused') {
      const { reason, holder } = committed
      if (isOver(reason)) this.#destroyed = true
      if (mode === 'create') await this.#succession.abandon(this.#telling)
      if (reason === 'conflict' && options.retries) return this.#telling.retried(holder)
      return this.#telling.refused(reason, holder)
    }
    this.#record.wrote(committed)
    this.#source = options.json
    if (this.#succession.pending) await this.#succession.complete(this.data, this.#telling)
    return { written: true, writes: committed.writes }
  }

  /**
   * Ends the request without writing: unlocks, and keeps the session alive.
   *
   * @param options.touch extend the record's life; true by default, but for readonly access. Done at most once in touchInterval
   */
  release(options: { touch?: boolean; maxAge?: number | undefined } = {}): Promise<void> {
    return this.#stay.during(() => this.#release(options))
  }

  async #release(options: { touch?: boolean; maxAge?: number | undefined }): Promise<void> {
    if (this.#succession.pending) await this.#succession.abandon(this.#telling)
    const touches = mayTouch(this.#known) && (options.touch ?? this.#standing !== 'readonly')
    const touch = touches ? touchFor(this.#visitorNow(options.maxAge), this.#around.lifetimes) : undefined
    if (this.#hold.held) await this.#telling.tried('release', () => this.#hold.release(touch))
    else if (touch && this.#standing !== 'exclusive') {
      await this.#telling.tried('touch', () => this.#around.store.touch(this.#identity.name, touch))
    }
  }

  /** Ends the session, whoever holds its lock. No commit brings it back. */
  destroy(): Promise<void> {
    return this.end({ kind: 'destroyed', readable: false })
  }

  /** For adapters: as `destroy`, or because the visitor goes on under another id. */
  end(ending: Ending): Promise<void> {
    return this.#stay.during(async () => {
      await this.#succession.complete(this.data, this.#telling)
      if (this.#record.stored && !this.isOver) {
        await this.#succession.end({ identity: this.#identity, hold: this.#hold }, ending, this.#telling)
      }
      this.data = {}
      this.#destroyed = true
      this.#hold.forget()
    })
  }

  /**
   * The same data under a new id, to be committed: for a login, against fixation. The old session ends once the new one is
   * stored; if that fails, it is as it was.
   *
   * @param id of the caller's own making; a random one by default
   * @throws {SessionError} `SESSION_READ_ONLY`, `ID_MALFORMED`
   */
  async regenerate(id?: string): Promise<void> {
    if (this.#standing === 'readonly') throw sessionReadOnly('regenerated')
    const identity = this.#around.identity(id)
    this.#stay.begin()
    if (this.#record.stored && !this.#destroyed) {
      this.#succession.follow({ identity: this.#identity, hold: this.#hold, source: this.source })
    }
    this.#identity = identity
    this.#telling = new Telling(this.#around.emit, this.#identity.hash, this.#request)
    this.#hold = this.#around.grip(this.#identity, this.#request)
    this.#hold.keeper = this.#stay.self
    if (this.#standing === 'gave-up' || this.isOver) this.#standing = 'exclusive'
    this.#record = this.#record.followed
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
    const { lasts } = this.#stay
    this.#upgrading ??= this.#stay
      .during(
        () => this.#upgrade(),
        upgraded => lasts || upgraded,
      )
      .finally(() => {
        this.#upgrading = undefined
      })
    return this.#upgrading
  }

  async #upgrade(): Promise<boolean> {
    const most = this.#around.most(this.#visitor.bot)
    if (most === 'unrecorded' || this.isOver) return false
    if (this.#hold.held || !this.#record.stored || this.#standing === 'unlocked') {
      if (this.#standing === 'readonly') this.#standing = most
      return true
    }
    if (most !== 'exclusive') {
      this.#standing = most
      return this.reload()
    }
    const got = await this.#around.upgrade(this.#identity, this.#request, this.#signal)
    if (got.outcome === 'missing' || got.outcome === 'gone') {
      this.#destroyed = true
      this.data = {}
      return false
    }
    this.#standing = got.outcome === 'granted' ? 'exclusive' : 'gave-up'
    if (got.outcome === 'granted') {
      this.#hold = got.hold
      this.#hold.keeper = this.#stay.self
    }
    const readable = got.found !== undefined && (await this.#takeOver(got.found))
    if (!readable) await this.release({ touch: false })
    return readable && got.outcome === 'granted'
  }

  /** Reads the record as it is now, whatever lock is held. False if it is gone or cannot be read. */
  async reload(): Promise<boolean> {
    const found = await this.#around.store.read(this.#identity.name)
    return found !== undefined && !isGone(found) && this.#takeOver(found)
  }

  /** For adapters: data was changed after the end of this request, and nothing will store that. */
  changedTooLate(): void {
    this.#telling.changedTooLate()
  }

  /**
   * Whether `Sessions.close` waits for the end of this session, for callers who know better than its access: an adapter ends
   * a read-only session too, and nobody ends one that a socket has opened.
   */
  awaitEnd(awaited: boolean): void {
    if (awaited) this.#stay.begin()
    else this.#stay.end()
  }

  async #takeOver(found: Found): Promise<boolean> {
    const data = await this.#around.decode(found, this.#identity, this.#request)
    if (!data) return false
    this.data = data
    this.#source = sourceOf(data)
    this.#record.read(found)
    return true
  }

  get #known() {
    return {
      standing: this.#standing,
      stored: this.#record.stored,
      destroyed: this.#destroyed,
      locked: this.#hold.held || this.#hold.lost,
    }
  }

  #visitorNow(maxAge = this.#visitor.maxAge): Visitor {
    return { ...this.#visitor, rung: this.#record.rung, maxAge }
  }
}
