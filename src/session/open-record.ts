import type { Data } from '../codec/json.ts'
import type { Decoded } from '../codec/serializer.ts'
import { type Lifetimes, lifetime, touchFor, type Visitor } from '../lifetime.ts'
import type { LockHandle, Writing } from '../lock/lock-handle.ts'
import type { Acquisition, Ending } from '../lock/locks.ts'
import type { Wait } from '../lock/waiting.ts'
import { type Committed, type Destroyed, type Expected, type Found, isGone, type Touch } from '../store.ts'
import { endNext } from './end-session.ts'
import type { KnownRecord } from './known-record.ts'
import { hasEnded, nextOf } from './read-session.ts'
import { Report } from './report.ts'
import type { Encoding } from './stored-data.ts'
import { StoredText } from './stored-text.ts'
import type { Identity, Opened, Surroundings } from './surroundings.ts'

/** The record that a request has open: its id, the handle of its lock, and what is known of it. Each step reports where it fails. */
export class OpenRecord {
  identity: Identity
  readonly known: KnownRecord
  report: Report
  handle: LockHandle
  readonly text: StoredText
  /** What was read, encrypted with the key that writes now; undefined where it is already. */
  #resealed: Buffer | undefined
  readonly #around: Surroundings
  readonly #opened: Pick<Opened, 'request' | 'visitor'>

  constructor(around: Surroundings, opened: Under, known: KnownRecord, read: Read) {
    this.#around = around
    this.#opened = opened
    this.identity = opened.identity
    this.handle = opened.handle
    this.known = known
    this.text = new StoredText(around.codec.serializer, read)
    this.#resealed = this.#reseal(opened.found)
    this.report = new Report(around.emit, around.outage, opened.handle.request)
  }

  /** One of another id, which nothing is stored under yet, and which takes over age and place in the ladder of lifetimes. */
  followed(identity: Identity): OpenRecord {
    const handle = this.#around.handleFor(identity, this.#opened.request)
    handle.keeper = this.handle.keeper
    const { request, visitor } = this.#opened
    const under = { identity, handle, request, visitor, found: undefined }
    return new OpenRecord(this.#around, under, this.known.followed, this.text.followed)
  }

  /** It was read or written, or a commit may have created it. */
  get mayBeStored(): boolean {
    return this.known.stored || this.handle.created !== undefined
  }

  async commit(
    { payload, text }: Encoding,
    { mode, keep, maxAge }: Pick<Writing, 'mode' | 'keep'> & { maxAge: number | undefined },
  ): Promise<Committed> {
    const lifetimes = this.#lifetimes
    const ttl = lifetime(this.#visitor(maxAge), lifetimes) * 1000
    const absolute = lifetimes.absoluteLifetime * 1000
    const committed = await this.#write({ mode, keep, ttl, absolute, data: payload })
    if (committed.outcome === 'written') this.text.source = text
    return committed
  }

  async #write(what: Pick<Writing, 'mode' | 'keep' | 'ttl' | 'absolute' | 'data'>): Promise<Committed> {
    const { writes: base, born, created, follows, user } = this.known
    const origin = what.mode === 'create' ? { rung: follows, user } : {}
    const write = { ...what, base, born, created, ...origin }
    const step = () => this.#around.locks.commit(this.handle, write)
    const committed = await this.report.tried('commit', step)
    if (committed.outcome === 'written') {
      this.known.wrote(committed)
      this.#resealed = undefined
    }
    return committed
  }

  /** Takes its lock, for a session that was opened without. */
  async upgrade(wait: Wait): Promise<Acquisition> {
    const step = () => this.#around.upgrade(this.identity, this.#opened.request, wait)
    const { got, identity } = await this.report.tried('upgrade', step)
    if (got.outcome === 'granted') this.#goesOn(identity, got.handle)
    return got
  }

  /** False if it had lost the lock, or held none. What another key has encrypted is written once more, in place of the touch. */
  async release(touch?: Touch): Promise<boolean> {
    const data = this.#resealed
    if (touch && data && this.handle.held) {
      const { ttl, absolute } = touch
      const { outcome } = await this.#write({ mode: 'exclusive', keep: false, ttl, absolute, data })
      return outcome === 'written'
    }
    const step = () => this.#around.locks.release(this.handle, touch)
    return this.handle.held && this.report.tried('release', step)
  }

  /** False if it is gone. */
  async touch(touch: Touch): Promise<boolean> {
    const step = () => this.#around.store.touch(this.identity.name, touch)
    return (await this.report.tried('touch', step)) !== 'missing'
  }

  /** How it is to be kept alive. */
  touchOf(maxAge: number | undefined): Touch {
    return touchFor(this.#visitor(maxAge), this.#lifetimes)
  }

  /** Reports that the session was stored. `as`: what it was not before. */
  committed({ payload }: Encoding, as: 'created' | 'regenerated' | 'rotated' | undefined): void {
    const { handle, known } = this
    this.#around.progress.committed(handle.request, known.writes, payload.length, handle.held, as)
  }

  /** Ends it without waiting for its lock, and what it goes on as where another request has rotated it. */
  async destroy(): Promise<void> {
    const { existed, pointer } = await this.takeBack()
    if (existed) this.#around.progress.destroyed(this.handle.request)
    else await this.report.tried('destroy', () => endNext(this.#around, this.identity, pointer))
  }

  /** The same for one that was to follow another, and may not. */
  takeBack(): Promise<Destroyed> {
    return this.end({ kind: 'destroyed', readable: false })
  }

  end(ending: Ending, expects?: Expected): Promise<Destroyed> {
    return this.report.tried('destroy', () => this.#around.locks.end(this.handle, ending, expects))
  }

  /** The data of what was found in it just now; undefined where that cannot be read. */
  async read(found: Found): Promise<Data | undefined> {
    const decoded = await this.#around.decode(found, this.identity, this.#opened.request)
    if (!decoded) return undefined
    this.text.read(decoded)
    this.#resealed = this.#reseal(found)
    this.known.read(found)
    return decoded.data
  }

  /** The data as it is stored now; undefined where it is gone or cannot be read. */
  async reload(): Promise<Data | undefined> {
    const read = () => this.report.tried('reload', () => this.#around.store.read(this.identity.name))
    let found = await read()
    while (isGone(found) && !this.handle.held) {
      const next = nextOf(this.#around, this.identity, found)
      if (!next) break
      this.#goesOn(next, this.#around.handleFor(next, this.#opened.request))
      found = await read()
    }
    if (!found || isGone(found)) return undefined
    const step = () => hasEnded(this.#around, this.identity, found, this.#opened.request)
    return (await this.report.tried('reload', step)) ? undefined : this.read(found)
  }

  /** It is open under another lock, and under the id that a rotation has given to it. */
  #goesOn(identity: Identity, handle: LockHandle): void {
    handle.keeper = this.handle.keeper
    this.handle = handle
    this.identity = identity
    this.report = new Report(this.#around.emit, this.#around.outage, handle.request)
  }

  /** Seconds that it lives while it is idle, once its user has logged in. */
  get idleOnceLoggedIn(): number {
    const { maxAge } = this.#opened.visitor
    return lifetime({ rung: 0, bot: false, maxAge }, this.#around.authenticated)
  }

  #reseal(found: Found | undefined): Buffer | undefined {
    return found?.data && this.#around.codec.resealed(found.data, this.identity.name)
  }

  get #lifetimes(): Lifetimes {
    return this.known.user === undefined ? this.#around.lifetimes : this.#around.authenticated
  }

  #visitor(maxAge = this.#opened.visitor.maxAge): Visitor {
    const { rung, follows } = this.known
    return { bot: this.#opened.visitor.bot && follows === undefined, rung, maxAge }
  }
}

type Read = Pick<Decoded, 'source' | 'origin'>
type Under = Pick<Opened, 'identity' | 'handle' | 'request' | 'visitor' | 'found'>
