import type { SessionData } from './data.ts'
import { KnownRecord } from './known-record.ts'
import { OpenRecord } from './open-record.ts'
import type { Mode } from './outcome.ts'
import type { StoredText } from './stored-text.ts'
import type { Opened, Surroundings } from './surroundings.ts'

interface State {
  readonly around: Surroundings
  record: OpenRecord
  mode: Mode
  destroyed: boolean
}

/** What one request's session holds and knows of itself. `Session` adds the steps. */
export abstract class OpenSession<D extends object = SessionData> {
  /** @internal */
  protected readonly state: State

  /** `METHOD host/path` of its request. */
  readonly request: string
  /** Yours to change. Nothing is stored before `commit`. */
  data: D

  /** @internal */
  constructor(around: Surroundings, opened: Opened) {
    const record = new OpenRecord(around, opened, new KnownRecord(opened.found), opened.decoded)
    this.state = { around, record, mode: opened.mode, destroyed: false }
    this.request = opened.request
    this.data = opened.decoded.data as D
  }

  /** @internal For adapters: the data as it is stored, as text, and what is to be compared with it. */
  get text(): StoredText {
    return this.state.record.text
  }

  /** The session id, as it is in the cookie. */
  get id(): string {
    return this.state.record.identity.id
  }

  /** Nothing is stored under this id yet. */
  get isNew(): boolean {
    return !this.state.record.known.stored && !this.isOver
  }

  /** It has ended, as far as this request was told, or goes on under another id: nothing of this request is stored. */
  get isOver(): boolean {
    return this.state.mode === 'moved' || this.state.mode === 'ended'
  }

  /** Its request ended it. */
  get isDestroyed(): boolean {
    return this.state.destroyed
  }

  /** For the handler: whether this request holds the lock of that record of its own. */
  holds(name: string, of: object): boolean {
    const { handle, identity } = this.state.record
    return handle.held && identity.name === name && this.state.around === of
  }

  /** How this request may use the session now. */
  get access(): Mode {
    return this.state.mode
  }

  /** Whether this request holds the lock, as far as it knows. */
  get locked(): boolean {
    return this.state.record.handle.held
  }

  /** For adapters that can set a cookie: the id is older than the option `rotateAfter` allows, and this request may `rotate` it. */
  get isDue(): boolean {
    const { record, around } = this.state
    return around.rotateAfter > 0 && this.locked && record.known.idAge >= around.rotateAfter
  }

  /** Commits of this session so far, this request's among them: the version of the data. */
  get writes(): number {
    return this.state.record.known.writes
  }

  /** Aborted once this request has lost its lock; whatever it does from then on will not be written. */
  get signal(): AbortSignal {
    return this.state.around.locks.signalOf(this.state.record.handle)
  }
}
