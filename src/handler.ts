import { botJudge } from './bot.ts'
import type { Codec } from './codec/codec.ts'
import type { Data } from './codec/json.ts'
import type { Emit } from './events.ts'
import type { HandlerOptions, Reporting } from './handler-options.ts'
import { type Health, storeHealth } from './health.ts'
import { type InspectedSession, inspected } from './inspect.ts'
import type { Listener, Listeners } from './listeners.ts'
import type { Locks } from './lock/locks.ts'
import type { CurrentOutage } from './outage.ts'
import type { SessionData } from './session/data.ts'
import { endSession } from './session/end-session.ts'
import { Identities } from './session/identities.ts'
import { type OpenOptions, tidy, waitOf } from './session/open-options.ts'
import { type Access, type CommitOutcome, type Mode, stricter } from './session/outcome.ts'
import { refuseSelfWait } from './session/own-request.ts'
import { acquireLate, type Opening, readSession } from './session/read-session.ts'
import { Running } from './session/running.ts'
import type { SharedCookie } from './session/shared-cookie.ts'
import { decoding } from './session/stored-data.ts'
import type { Identity, Surroundings } from './session/surroundings.ts'
import { Session } from './session.ts'
import { isRecordName, recordName } from './session-id.ts'
import { type Destroyed, isGone, type Store } from './store.ts'
import { type Change, update } from './update.ts'
import { use } from './use.ts'
import type { SessionRef, UserSession } from './users/user-options.ts'
import { Users } from './users/users.ts'

/** Opens sessions. One for each process is enough: it holds the connection, the waiters and the leases. */
export class Sessions<D extends object = SessionData> {
  /** The store that keeps the records. */
  readonly store: Store
  /** For adapters: the cookie that PHP sets too, where the option `php` is given. */
  readonly sharedCookie: SharedCookie | undefined
  readonly #codec: Codec
  readonly #locks: Locks
  readonly #options: HandlerOptions
  readonly #emit: Emit
  readonly #listeners: Listeners
  readonly #identities: Identities
  readonly #around: Surroundings
  readonly #judge: (userAgent: string | null | undefined) => boolean
  readonly #running = new Running()

  /** @internal */
  constructor(
    store: Store,
    codec: Codec,
    locks: Locks,
    options: HandlerOptions,
    { listeners, progress, outage }: Reporting,
  ) {
    this.store = store
    this.#codec = codec
    this.#locks = locks
    this.#options = options
    this.sharedCookie = options.cookie
    const { emit } = listeners
    this.#emit = emit
    this.#listeners = listeners
    this.#judge = botJudge(options.bots)
    const { naming, cookie } = options
    this.#identities = new Identities({ naming, forPhp: cookie !== undefined }, emit)
    const nameOf = (id: string) => recordName(id, naming)
    this.#around = {
      store,
      codec,
      lifetimes: options.lifetimes,
      authenticated: options.authenticated,
      rotateAfter: options.rotateAfter * 1000,
      users: new Users({ store, end: name => this.#end(name), nameOf }, options.users, emit),
      emit,
      progress,
      outage,
      running: this.#running,
      most: bot => this.#mode('exclusive', bot),
      identity: id => (id === undefined ? this.#identities.made() : this.#identities.given(id, '')),
      locks,
      handleFor: ({ name, hash }, request) => locks.open(name, { session: hash, request }),
      upgrade: (identity, request, wait) => acquireLate(this.#around, identity, request, wait),
      decode: decoding(codec, emit),
    }
  }

  /**
   * Opens and locks the session with this id. If the id is missing or unknown, it returns a new session with a new id; a
   * missing id costs no Redis call.
   *
   * @throws {ConcurrentConnectionsExceeded} at once, if too many requests wait already
   * @throws {SessionError} `STORE_UNAVAILABLE`, `STORE_REFUSED`, `RECORD_TYPE`, `RECORD_VERSION`, `LOCK_TIMEOUT`,
   *   `WAIT_ABORTED`, `CLOSED`
   */
  async open(id?: string | null, options: OpenOptions = {}): Promise<Session<D>> {
    const request = tidy(options.request ?? '')
    const visitor = { bot: this.#isBot(options), maxAge: options.maxAge }
    const identity = this.#identities.sent(id, request)
    if (visitor.bot) {
      const session = identity?.hash ?? ''
      this.#emit({ event: 'bot', userAgent: options.userAgent ?? undefined, session, request })
    }
    const opening = { visitor, request, wait: waitOf(options) }
    const mode = this.#mode(options.access, visitor.bot)
    const read = identity && (await readSession(this.#around, identity, mode, opening))
    if (read) return new Session<D>(this.#around, { ...opening, ...read })
    return this.#fresh(this.#around.identity(), mode, opening)
  }

  /**
   * Opens a new session under an id of the caller's, for frameworks that make their own ids.
   * Nothing is read; a commit is refused with `exists` if there is such a session already.
   *
   * @throws {SessionError} `ID_MALFORMED`
   */
  create(id: string, options: OpenOptions = {}): Session<D> {
    const request = tidy(options.request ?? '')
    const identity = this.#identities.given(id, request)
    const visitor = { bot: this.#isBot(options), maxAge: options.maxAge }
    const mode = this.#mode(options.access, visitor.bot)
    return this.#fresh(identity, mode, { visitor, request, wait: waitOf(options) })
  }

  /**
   * Changes a session from outside a request. `change` gets the data, changes it in place, and runs again if another request
   * has committed in between. After a few conflicts it waits for the lock. With locking off it keeps trying, for some seconds.
   *
   * @returns `destroyed` as the reason if there is no such session
   * @throws {SessionError} as `open`, and whatever `change` throws
   */
  async update(id: string, change: Change<D>, options: OpenOptions = {}): Promise<CommitOutcome> {
    const { request = 'update' } = options
    const identity = this.#identities.sent(id, request)
    if (identity) refuseSelfWait(identity.name, request, this.#around)
    const open = () => this.open(id, { ...options, request, access: 'optimistic' })
    return update(open, change, this.#options.locking)
  }

  /**
   * Opens a session, runs `work` with it, and commits what it changed. If nothing changed, or `work` throws, the session is
   * released without a write. Use it outside of frameworks: no path leaves a lock behind.
   *
   * @returns what `work` returns
   * @throws {SessionError} as `open`; `COMMIT_REFUSED` where the changes were not stored; and whatever `work` throws
   */
  async use<T>(
    id: string | null | undefined,
    options: OpenOptions,
    work: (session: Session<D>) => T | Promise<T>,
  ): Promise<T> {
    return use(await this.open(id, options), work, options.maxAge)
  }

  /** Ends a session, even while another request holds its lock. False if there was none. */
  async destroy(id: string): Promise<boolean> {
    const identity = this.#identities.sent(id, '')
    return identity !== undefined && endSession(this.#around, identity)
  }

  /** Ends a session by its record's name, as `names` gives it. False if there was none. */
  async end(name: string): Promise<boolean> {
    return (await this.#around.users.end(name)).existed
  }

  /**
   * The sessions of a user that have not ended, the latest first: for a page "your devices".
   *
   * @param options.current the session that asks, which the list marks
   * @throws {TypeError} where the option `users.secret` is not set
   */
  of(user: string, options: { current?: SessionRef | undefined } = {}): Promise<UserSession[]> {
    return this.#around.users.of(user, options.current)
  }

  /**
   * Ends all sessions of a user, logins that are under way among them: after a new password, for example.
   *
   * @param options.except one that goes on, if it is the user's
   * @returns how many had not ended before
   * @throws {TypeError} where the option `users.secret` is not set
   */
  endOf(user: string, options: { except?: SessionRef | undefined } = {}): Promise<number> {
    return this.#around.users.endOf(user, options.except)
  }

  /** A session's record, without changing it. Undefined if there is none. */
  async inspect(id: string): Promise<InspectedSession | undefined> {
    const identity = this.#identities.sent(id, '')
    const record = identity && (await this.store.inspect(identity.name))
    return record && (await inspected(record, identity.name, this.#codec))
  }

  /** The records' names: ids with `plain` naming, hashes of them otherwise. Sessions that come or go meanwhile may be missed. */
  async *names(): AsyncIterable<string> {
    for await (const name of this.store.names()) if (isRecordName(name, this.#options.naming)) yield name
  }

  /** The data of one record by its name, without a lock; undefined if it is gone or cannot be read. */
  async peek(name: string): Promise<Data | undefined> {
    const found = await this.store.read(name)
    if (!found || isGone(found)) return undefined
    return (await this.#around.decode(found, this.#identities.named(name), 'peek'))?.data
  }

  /** Counts of this process. */
  get counts(): {
    /** Requests that hold a lock. */
    holding: number
    /** Requests that wait for a lock. */
    waiting: number
  } {
    return this.#locks.counts
  }

  /** @throws {SessionError} `STORE_UNAVAILABLE` if Redis does not answer, `STORE_REFUSED` with each right that is missing */
  ping(): Promise<void> {
    return this.store.ping()
  }

  /** The outage of the store that lasts now, as this process knows it without asking. */
  get outage(): CurrentOutage | undefined {
    return this.#around.outage.current
  }

  /**
   * What a health check answers: whether the store answers and how fast, locks and waiting requests of this process, and the
   * outage that lasts now. Never rejects.
   *
   * @param options.timeout seconds after which the store counts as not reachable; 1 by default
   */
  async health(options: { timeout?: number } = {}): Promise<Health> {
    const store = await storeHealth(this.store, (options.timeout ?? 1) * 1000)
    return { ok: store.error === undefined, store, ...this.counts, outage: this.outage }
  }

  /**
   * Calls `listener` with everything that happens, as the option `onEvent`. What it throws is logged, and changes nothing.
   *
   * @returns ends it
   */
  onEvent(listener: Listener): () => void {
    return this.#listeners.add(listener)
  }

  /**
   * Takes no more requests, waits until each open session is committed, released or destroyed, then releases the rest and
   * disconnects. It does not wait for read-only sessions, except for those of an adapter.
   *
   * @param options.grace seconds to wait for them; 5 by default
   */
  async close(options: { grace?: number } = {}): Promise<void> {
    const end = performance.now() + (options.grace ?? 5) * 1000
    this.#locks.shut()
    await this.#running.drain(end - performance.now())
    await this.#locks.close(Math.max(end - performance.now(), 0))
    await this.store.close()
  }

  /** Not stored yet. */
  #fresh(identity: Identity, mode: Mode, opening: Opening): Session<D> {
    const handle = this.#around.handleFor(identity, opening.request)
    return new Session<D>(this.#around, {
      ...opening,
      identity,
      decoded: { data: {} },
      mode,
      handle,
      found: undefined,
    })
  }

  async #end(name: string): Promise<Destroyed> {
    const destroyed = await this.#locks.destroy(name, { kind: 'destroyed', readable: false })
    const { hash: session } = this.#identities.named(name)
    if (destroyed.existed) this.#around.progress.destroyed({ session, request: '' })
    return destroyed
  }

  #mode(asked: Access = 'exclusive', bot: boolean): Mode {
    const { botAccess, locking } = this.#options
    if (bot && botAccess === 'readonly') return 'unrecorded'
    const access = bot ? stricter(asked, botAccess) : asked
    return access === 'exclusive' && !locking ? 'unlocked' : access
  }

  #isBot(options: OpenOptions): boolean {
    const judged = this.#options.isBot?.(options.userAgent)
    return judged ?? ('userAgent' in options && this.#judge(options.userAgent))
  }
}
