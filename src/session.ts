import { type Data, sourceOf } from './codec/json.ts'
import { SessionError } from './errors.ts'
import { lifetime, touchFor, type Visitor } from './lifetime.ts'
import type { Hold } from './lock/hold.ts'
import { type CommitOptions, type CommitOutcome, type Standing, toldAs } from './outcome.ts'
import { Stay } from './running.ts'
import type { Found, Write } from './store.ts'
import type { Identity, Opened, Surroundings } from './surroundings.ts'
import { Telling } from './telling.ts'

/** One request's session: the data, and the ways to end. */
export class Session {
  readonly #around: Surroundings
  #identity: Identity
  #telling: Telling
  #hold: Hold
  #standing: Standing
  #stored: boolean
  #writes: number
  #rung: number
  /** The life of the record that the data is of. */
  #born: string
  #destroyed = false
  #committed = false
  readonly #visitor: Omit<Visitor, 'rung'>
  readonly #request: string
  readonly #signal: AbortSignal | undefined
  /** While it lasts, `Sessions.close` waits for this session. */
  readonly #stay: Stay

  /** Yours to change. Nothing is stored before `commit`. */
  data: Data

  constructor(around: Surroundings, opened: Opened) {
    this.#around = around
    this.#identity = opened.identity
    this.#telling = new Telling(around.emit, opened.identity.hash, opened.request)
    this.#hold = opened.hold
    this.#standing = opened.standing
    this.#stored = opened.found !== undefined
    this.#writes = opened.found?.writes ?? 0
    this.#born = opened.found?.born ?? ''
    this.#rung = this.#writes + (opened.found?.touches ?? 0)
    this.#visitor = opened.visitor
    this.#request = opened.request
    this.#signal = opened.signal
    this.data = opened.data
    this.#stay = new Stay(around.running, this)
    // Whoever only reads need not end.
    if (this.#standing !== 'readonly' && this.#standing !== 'unrecorded') this.#stay.begin()
  }

  /** The JSON that `data` was read from, as it was before anybody changed it; undefined for data from elsewhere. */
  get source(): string | undefined {
    return sourceOf(this.data)
  }

  get id(): string {
    return this.#identity.id
  }

  /** Nothing is stored under this id yet. */
  get isNew(): boolean {
    return !this.#stored
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
    return this.#writes
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
    let goesOn = options.keep ?? false
    try {
      const mode = this.#mode()
      if (mode === 'read-only' || mode === 'not-locked' || mode === 'bot') return this.#telling.refused(mode)
      if (this.#destroyed) return this.#telling.refused('destroyed')
      if (!this.#stored && isEmpty(this.data)) return { written: false, reason: 'empty' }
      const identity = this.#identity
      const encoded = await this.#around.codec.encode(this.data, options.json)
      // Meanwhile this request may have destroyed the session, for a new id too.
      if (this.#destroyed || this.#identity !== identity) return this.#telling.refused('destroyed')
      if ('refused' in encoded) {
        await this.release({ touch: false })
        return this.#telling.unencodable(encoded)
      }
      if (encoded.compressionFailed !== undefined) {
        this.#telling.compressionFailed(this.#around.codec.compression, encoded.compressionFailed)
      }
      const { lifetimes } = this.#around
      const committed = await this.#telling.tried('commit', () =>
        this.#hold.commit({
          mode,
          base: this.#writes,
          born: this.#born,
          data: encoded.payload,
          ttl: lifetime(this.#visitorNow(options.maxAge), lifetimes) * 1000,
          absolute: lifetimes.absoluteLifetime * 1000,
          keep: (options.keep ?? false) && this.#standing === 'exclusive',
        }),
      )
      if (committed.outcome === 'refused') {
        if (committed.reason === 'destroyed') this.#destroyed = true
        if (committed.reason === 'conflict' && options.retries) {
          goesOn = true
          return this.#telling.retried(committed.holder)
        }
        return this.#telling.refused(toldAs(committed.reason), committed.holder)
      }
      if (mode === 'create') this.#born = this.#hold.lastCommit
      this.#committed = true
      this.#stored = true
      this.#writes = committed.writes
      return { written: true, writes: committed.writes }
    } finally {
      if (!goesOn) this.#stay.end(entry)
    }
  }

  /**
   * A commit after this request gave its lock back: taken only if nobody has committed since and nobody holds the lock.
   *
   * @throws {SessionError} as `commit`
   */
  async commitLate(options: Omit<CommitOptions, 'keep'> = {}): Promise<CommitOutcome> {
    if (this.#standing === 'exclusive' && !this.#hold.held) this.#standing = 'optimistic'
    return this.commit(options)
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
    const mayTouch = this.#stored && !this.#destroyed && this.#standing !== 'unrecorded'
    const touches = mayTouch && (options.touch ?? this.#standing !== 'readonly')
    const touch = touches ? touchFor(this.#visitorNow(options.maxAge), this.#around.lifetimes) : undefined
    if (this.#hold.held) await this.#telling.tried('release', () => this.#hold.release(touch))
    else if (touch && this.#standing !== 'exclusive') {
      await this.#telling.tried('touch', () => this.#around.store.touch(this.#identity.name, touch))
    }
  }

  /** Removes the record, whoever holds its lock. No commit brings it back. */
  destroy(): Promise<void> {
    return this.#stay.during(() => this.#destroy())
  }

  async #destroy(): Promise<void> {
    if (this.#stored) {
      try {
        await this.#telling.tried('destroy', () => this.#around.store.destroy(this.#identity.name))
      } catch (error) {
        // It may be there still: nobody shall wait for a request that wanted it gone.
        this.release({ touch: false }).catch(() => {})
        throw error
      }
    }
    this.data = {}
    this.#destroyed = true
    this.#hold.forget()
  }

  /** The same data under a new id, to be committed; the old record is destroyed at once. For a login, against fixation. */
  async regenerate(): Promise<void> {
    const { data } = this
    if (this.#standing === 'readonly')
      throw new SessionError(
        'SESSION_READ_ONLY',
        'A read-only session cannot be regenerated; upgrade it first.',
      )
    await this.destroy()
    this.#stay.begin()
    this.#identity = this.#around.fresh()
    this.#telling = new Telling(this.#around.emit, this.#identity.hash, this.#request)
    this.#hold = this.#around.grip(this.#identity, this.#request)
    if (this.#standing === 'gave-up') this.#standing = 'exclusive'
    this.#stored = false
    this.#committed = false
    this.#destroyed = false
    this.#writes = 0
    this.#born = ''
    this.#rung = 0
    this.data = data
  }

  /**
   * From readonly or optimistic to exclusive: takes the lock and reads afresh. Without the lock, where locking is off or a bot
   * takes none.
   *
   * @returns false if the session is gone, the wait for its lock was given up, or it is a bot's that leaves no record
   * @throws {SessionError} as `Sessions.open`
   */
  upgrade(): Promise<boolean> {
    const { lasts } = this.#stay
    return this.#stay.during(
      () => this.#upgrade(),
      upgraded => lasts || upgraded,
    )
  }

  async #upgrade(): Promise<boolean> {
    const most = this.#around.most(this.#visitor.bot)
    if (most === 'unrecorded') return false
    if (this.#hold.held || !this.#stored || this.#standing === 'unlocked') {
      if (this.#standing === 'readonly') this.#standing = most
      return true
    }
    if (most !== 'exclusive') {
      this.#standing = most
      return this.reload()
    }
    const got = await this.#around.upgrade(this.#identity, this.#request, this.#signal)
    if (got.outcome === 'missing') {
      this.#destroyed = true
      this.data = {}
      return false
    }
    this.#standing = got.outcome === 'granted' ? 'exclusive' : 'gave-up'
    if (got.outcome === 'granted') this.#hold = got.hold
    if (!got.found) return false
    const readable = await this.#takeOver(got.found)
    if (!readable) await this.release({ touch: false })
    return readable && got.outcome === 'granted'
  }

  /** Reads the record as it is now, whatever lock is held. False if it is gone or cannot be read. */
  async reload(): Promise<boolean> {
    const found = await this.#around.store.read(this.#identity.name)
    return found !== undefined && this.#takeOver(found)
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
    this.#writes = found.writes
    this.#born = found.born
    // The request's own commits are no step of the ladder for it.
    if (!this.#committed) this.#rung = found.writes + found.touches
    return true
  }

  #visitorNow(maxAge = this.#visitor.maxAge): Visitor {
    return { ...this.#visitor, rung: this.#rung, maxAge }
  }

  #mode(): Write['mode'] | 'read-only' | 'not-locked' | 'bot' {
    if (this.#standing === 'unrecorded') return 'bot'
    if (this.#standing === 'readonly') return 'read-only'
    if (this.#standing === 'gave-up') return 'not-locked'
    if (!this.#stored) return 'create'
    if (this.#standing !== 'exclusive') return this.#standing
    // A lock that is known to be lost is still asked for: the store knows who has it now.
    return this.#hold.held || this.#hold.signal.aborted ? 'exclusive' : 'not-locked'
  }
}

function isEmpty(data: Data): boolean {
  for (const _ in data) return false
  return true
}
