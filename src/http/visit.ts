import type { Data } from '../codec/json.ts'
import { type CommitOutcome, refusalOf } from '../session/outcome.ts'
import type { RotateOptions } from '../session/rotation.ts'
import { Turns } from '../session/turns.ts'
import type { Session } from '../session.ts'
import { maxAgeOf, type OwnCookie, ownText, readCookie, writeCookie } from './cookie.ts'
import type { Door, Incoming } from './door.ts'
import { asIs, type Ended, NOTHING, told } from './ended.ts'
import { deepFreeze } from './freeze.ts'
import { takeCookie, withCookie } from './kept-cookie.ts'
import { openFor } from './open.ts'

/**
 * One request's use of its session, from its first question to the end of its response.
 *
 * STATES    idle: nobody asked for the session. Open: it may hold the lock. Ended: it has committed or released; what comes
 *           later is stored only if nobody has changed the session since.
 * PROMISES  1. It opens its session once, however many ask, and its steps run one after the other.
 *           2. After its end it holds no lock.
 *           3. Data is made into text once a step, and that text compared with the one that was read: nothing is written
 *              that did not change, and nothing that changed is left out.
 */
export class Visit {
  readonly #door: Door
  readonly #incoming: Incoming
  readonly #sent: { id: string; stale: boolean } | undefined
  #opening: Promise<Session> | undefined
  #session: Session | undefined
  /** The data as it is stored; undefined for what must be stored whatever it is. */
  #stored: string | undefined
  /** What the session says about its own cookie; undefined where the door's options hold. */
  ownCookie: OwnCookie | undefined
  /** The same as it is stored. */
  #storedOwn = ''
  /** Since this request what it says is another. */
  #ownChanged = false
  #destroyed = false
  /** It has a new id since `regenerate` or `rotate`, and the session of the old one ends when this one is stored. */
  #regenerated = false
  #discarded = false
  #gaveBack = false
  #wrote = false
  /** The last step found the session alive. Else its visitor may have gone on under another id. */
  #alive = false
  /** The cookie went out already, or the response began without one. */
  #headersLeft = false
  #ended = false
  readonly #turns = new Turns()

  constructor(door: Door, incoming: Incoming) {
    this.#door = door
    this.#incoming = incoming
    this.#sent = readCookie(door.format, incoming.cookie)
  }

  /** The session of this request. Opened once, however many ask; without a cookie there is no round trip. Throws as `Sessions.open`. */
  open(): Promise<Session> {
    this.#opening ??= this.#open()
    return this.#opening
  }

  async #open(): Promise<Session> {
    const session = await openFor(this.#door, this.#incoming, this.#sent?.id)
    this.#session = session
    this.#begin(session.text.source)
    // The client left while this waited for its answer.
    if (this.#ended) await this.#release()
    return session
  }

  /** For the handler, which refuses to make a request wait for itself: null once this one has ended. */
  get opened(): Session | undefined | null {
    return this.#ended ? null : this.#session
  }

  /** The session, once it is open. */
  get session(): Session {
    if (!this.#session) throw new TypeError('The session is not open yet: await it first.')
    return this.#session
  }

  get isEnded(): boolean {
    return this.#ended
  }

  /** Seconds that the cookie lives from now on. */
  get maxAge(): number | undefined {
    return maxAgeOf(this.#door.format.options, this.ownCookie)
  }

  /** Stores the data now and keeps the lock; after the end, if nobody has changed the session since. */
  save(): Promise<CommitOutcome> {
    const late = this.#ended
    return this.#turns.take(async () => {
      const text = this.#text()
      if (this.#isStored(text)) return asIs(this.session)
      const outcome = await this.#commit(text, { late, keep: !late })
      if (this.#incoming.logout && !outcome.written && outcome.reason === 'conflict')
        return asIs(this.session)
      return outcome
    })
  }

  /** Reads the data again, under this request's own lock. False if the session is gone. */
  reload(): Promise<boolean> {
    return this.#turns.take(() => this.#fresh(() => this.session.reload()))
  }

  /** From readonly or optimistic to exclusive: takes the lock and reads again. False if the session is gone. */
  upgrade(): Promise<boolean> {
    return this.#turns.take(async () => {
      const found = await this.#fresh(() => this.session.upgrade())
      if (this.#ended) await this.#release()
      return found
    })
  }

  /**
   * The session goes on under a new id, with `data`: without, where its visitor has logged in meanwhile. The old one ends once the
   * new one is stored.
   * @param how `regenerate` or `login` of the session
   */
  regenerate(data: Data, how: (session: Session, id: string | undefined) => Promise<void>): Promise<void> {
    return this.#turns.take(async () => {
      const { session } = this
      const moved = session.access === 'moved'
      // A logout ends it for all, whatever becomes of the new one.
      if (this.#incoming.logout) await session.destroy()
      await how(session, this.#incoming.newId?.())
      if (!moved) session.data = data
      this.#destroyed = false
      this.#regenerated = true
      this.#stored = undefined
    })
  }

  /** False where there is nothing to rotate, or where the browser cannot be told: it would lose the session after the grace. */
  rotate(options: RotateOptions): Promise<boolean> {
    return this.#turns.take(async () => !this.#ended && this.#header !== undefined && this.#rotate(options))
  }

  async #rotate(options: RotateOptions): Promise<boolean> {
    const rotated = await this.session.rotate({ id: this.#incoming.newId?.(), ...options })
    this.#regenerated ||= rotated
    if (rotated) this.#stored = undefined
    return rotated
  }

  /** Ends the session, no matter who holds its lock. */
  destroy(): Promise<void> {
    this.#destroyed = true
    return this.#turns.take(async () => {
      await this.session.destroy()
      this.#stored = undefined
    })
  }

  /**
   * The handler has ended: stores what has changed, or else keeps the session alive, and gives the lock back in the same step.
   *
   * @param options.discard leave the session as it is stored; false by default
   * @param options.mute no cookie can go with this response: what is new or has a new id is not stored; false by default
   * @throws {SessionError} where the store failed, or, with `refusedIsError`, the commit was refused
   */
  async end({ discard = false, mute = false } = {}): Promise<Ended> {
    const late = this.#ended
    this.#ended = true
    // Where it could not be opened, that was said where it was asked for.
    await this.#opening?.catch(told)
    if (!this.#session) return { cookie: undefined, outcome: NOTHING }
    this.#discarded = discard || (mute && (this.#session.isNew || this.#regenerated))
    const outcome = await this.#turns.take(() => this.#end(late, mute))
    const error = this.#door.refusedIsError && refusalOf(outcome)
    if (error) throw error
    return { cookie: this.#cookie(this.#wrote), outcome }
  }

  /** The client has gone: gives the lock back at once. What the handler does later is stored if nobody was faster. */
  drop(): void {
    if (this.#ended) return
    this.#ended = true
    if (this.#session) this.#turns.take(() => this.#release()).catch(told)
  }

  /** For headers that leave before the end: the cookie, as far as it is known by now. Afterwards none is set. */
  leave(): string | undefined {
    if (this.#headersLeft || !this.#session) return undefined
    const { isNew, access, locked } = this.session
    // Else it lost its lock: the session may have ended by now.
    const mayLive = isNew || access !== 'exclusive' || locked
    if (mayLive) this.#alive = locked
    const cookie = mayLive ? this.#cookie(this.#wrote || !this.#isStored(this.#text())) : undefined
    this.#headersLeft = true
    return cookie
  }

  /** No change of the data would be stored any more: a line that makes one throws. */
  freeze(): void {
    if (this.#session) deepFreeze(this.#session.data)
  }

  async #end(late: boolean, mute: boolean): Promise<CommitOutcome> {
    if (this.#destroyed || this.#discarded) {
      await this.#release()
      return NOTHING
    }
    const text = this.#text()
    const changed = !this.#isStored(text)
    const tells = !late && !mute && this.#incoming.keepsAlive !== false
    // Where that fails, the next request does it.
    if (tells && this.session.isDue && text !== undefined && this.#header) await this.#rotate({}).catch(told)
    if (!this.#isStored(text)) {
      const outcome = await this.#commit(text, { late, keep: false })
      return changed || outcome.written ? outcome : NOTHING
    }
    if (!late) await this.#release()
    return this.session.isNew ? NOTHING : asIs(this.session)
  }

  async #commit(text: string | undefined, step: { late: boolean; keep: boolean }): Promise<CommitOutcome> {
    const whole = text === undefined ? text : withCookie(this.session, text, this.ownCookie)
    const late = step.late || this.#gaveBack
    const outcome = await this.session.commit({ ...step, late, maxAge: this.maxAge, text: whole })
    this.#alive = outcome.written
    if (!outcome.written) {
      // These two give the lock back, even in mid-request.
      this.#gaveBack ||= outcome.reason === 'too-large' || outcome.reason === 'unserializable'
    } else {
      this.#wrote = true
      this.#ownChanged ||= ownText(this.ownCookie) !== this.#storedOwn
      this.#stored = text
      this.#storedOwn = ownText(this.ownCookie)
    }
    return outcome
  }

  async #release(): Promise<void> {
    const { keepsAlive: touch = true } = this.#incoming
    this.#alive = await this.session.release({ touch, maxAge: this.maxAge })
  }

  async #fresh(read: () => Promise<boolean>): Promise<boolean> {
    const { data } = this.session
    const found = await read()
    if (this.session.data !== data) {
      // A handler that still has it would change what is never stored.
      deepFreeze(data)
      this.#begin(this.session.text.source)
    }
    return found
  }

  /** The data is as it was read. */
  #begin(source: string | undefined): void {
    this.ownCookie = this.session.isNew ? this.#incoming.newCookie : undefined
    // Of a session that is over there may be nothing to read.
    this.#stored = this.session.isOver ? (source ?? this.session.text.serializer.empty) : source
    const kept = takeCookie(this.session, source)
    if (kept) {
      this.ownCookie = kept.own
      this.#stored = kept.stored
    }
    this.#storedOwn = ownText(this.ownCookie)
  }

  /** The data as text; undefined for what has none, of which the core says why. */
  #text(): string | undefined {
    return this.session.text.of(this.session.data)
  }

  /** Nothing is to be written: neither data nor cookie changed, or there is nothing of a session that was never stored. */
  #isStored(text: string | undefined): boolean {
    if (text === undefined || ownText(this.ownCookie) !== this.#storedOwn) return false
    const { serializer } = this.session.text
    if (this.session.isNew) return text === serializer.empty && !this.#regenerated
    // What cannot be written is not to be refused either.
    const isReadonly = this.session.access === 'readonly'
    return text === this.#stored || (isReadonly && serializer.isSame(text, this.#stored))
  }

  /** @param written the session was stored, or will be once the headers have left */
  #cookie(written: boolean): string | undefined {
    const { session } = this
    if (session.isOver || this.#destroyed || this.#discarded) return undefined
    const ownChanged = this.#ownChanged || ownText(this.ownCookie) !== this.#storedOwn
    const again =
      this.#door.rolling || this.#sent?.stale || (written && (ownChanged || this.maxAge !== undefined))
    // The browser has an id that was rotated away.
    const follows = !session.isNew && !this.#regenerated && (this.#alive || session.access === 'readonly')
    // A new session that is not stored gets no cookie.
    const needed = session.id === this.#sent?.id ? again && this.#alive : written || follows
    return needed ? this.#header : undefined
  }

  /** Undefined over plain HTTP, where the cookie may not go, and where it would come too late. */
  get #header(): string | undefined {
    if (this.#headersLeft) return undefined
    return writeCookie(this.#door.format, this.session.id, this.ownCookie, this.#incoming.secure)
  }
}
