import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SessionData } from 'express-session'
import type { Data } from '../codec/json.ts'
import { SessionError, sessionReadOnly } from '../errors.ts'
import type { CommitOutcome } from '../outcome.ts'
import type { Session } from '../session.ts'
import { Turns } from '../turns.ts'
import { maxAgeOf } from './cookie.ts'
import { KnownChange } from './known-change.ts'
import { dataText, isSame, jsonOf, type Texts, textRead, textsOf } from './texts.ts'

/** What express-session hands to a store, and what its requests carry. */
export type ExpressSession = SessionData & { id?: string; req?: SessionRequest }
export type SessionRequest = IncomingMessage & {
  session?: ExpressSession | null
  sessionID?: string
  res?: ServerResponse
}

/**
 * One request's use of one session, from `get` or `generate` to the end of its response.
 *
 * STATES    open: it may hold the lock. Ended: it has committed or released; what comes later is taken only if nobody has
 *           changed the session since.
 * PROMISES  1. Its steps run one after the other, so that whatever takes the lock is followed by what gives it back.
 *           2. After its end, and where nobody would tell it of one, it keeps no lock.
 */
export class Visit {
  readonly session: Session
  /** Undefined where nobody will tell of an end: no commit keeps the lock then. */
  readonly res: ServerResponse | undefined
  readonly #keepsAlive: boolean
  /** `res.end` was called: the next commit or touch is the last. */
  ending = false
  #ended = false
  /** The request's session as stored, or, new, as it began; undefined must be stored whatever it is. */
  #stored: Texts | undefined
  /** As the request's session came, whatever has been stored since. */
  #came: string | undefined
  /** Whether it had changed when the response ended. */
  #changed: boolean | undefined
  /** What came of `finish`: express-session may ask for the same once more. */
  #finished: Finished | undefined
  readonly #change = new KnownChange()
  /** express-session's own `end` is running, and nothing of the application. */
  #closing = false
  readonly #turns = new Turns()

  constructor(session: Session, res: ServerResponse | undefined, keepsAlive = true) {
    this.session = session
    this.res = res
    this.#keepsAlive = keepsAlive
    session.awaitEnd(res !== undefined)
    if (res?.closed) this.release()
    else res?.once('close', () => this.release())
  }

  get open(): boolean {
    return !this.#ended
  }

  /** The data as it is now needs no storing. `read` comes from `asRead`. */
  begin(data: ExpressSession, read?: string): void {
    this.#stored = textsOf(data, read)
    this.#came ??= this.#stored.data
  }

  /**
   * The session goes on under a new id, without data. The old one ends once this one is stored.
   *
   * @param generate gives the request another session, and answers its id
   */
  regenerate(generate: () => string): Promise<void> {
    return this.#turns.take(async () => {
      if (this.session.access === 'readonly') throw sessionReadOnly('regenerated')
      await this.session.regenerate(generate())
      this.session.data = {}
      // It is stored even if it is empty, as express-session does.
      this.#stored = undefined
      this.#came = undefined
    })
  }

  /** What fresh data was read from, as the text that it would make. */
  asRead(data: SessionData): string | undefined {
    return (this.session.data as object) === data ? textRead(this.session.source, data) : undefined
  }

  /** express-session has just got `data`, and begins with it. */
  expectHash(data: SessionData): void {
    // It compares the session also for the cookie, in the midst of others' code, where the cookie has an end.
    if (this.res && !data.cookie.expires) this.#change.begin(data)
  }

  /** The response ends: runs express-session's own `end`, which is told what it would find out by comparing. */
  close(data: ExpressSession | null | undefined, end: () => void): void {
    this.#closing = true
    try {
      this.#change.end(data, () => this.#changed ?? dataText(data ?? {}) !== this.#came, end)
    } finally {
      this.#closing = false
    }
  }

  /**
   * express-session, in its `end`, asks the store for what `finish` has done already. Answered at once, it sends the response
   * in one piece.
   */
  asked(what: 'set' | 'touch'): CommitOutcome | undefined {
    this.#change.told()
    if (!this.#closing) return undefined
    this.#closing = false
    return what === 'touch' && this.#ended ? this.#asItIs : this.#finished?.known
  }

  /** express-session's `set`: a save in mid-request keeps the lock; the last one unlocks in the same step. */
  commit(data: ExpressSession): Promise<CommitOutcome> {
    const late = this.#ended
    const last = late || this.ending || !this.res
    if (last) this.#ended = true
    return this.#turns.take(async () => {
      const texts = textsOf(data)
      if (late && this.#finished && isSame(texts, this.#finished.texts)) return this.#finished.outcome
      // `resave`, and the second `set` after a regenerate, say nothing new.
      const unchanged = last && !this.session.isNew && isSame(texts, this.#stored)
      if (unchanged) return late ? this.#asItIs : this.#keepAlive(data)
      return this.#write(data, texts, { late, keep: !last })
    })
  }

  /** The response ends: stores what has changed, or else keeps the session alive, and unlocks in the same step. */
  finish(data: ExpressSession): Promise<CommitOutcome> {
    this.ending = true
    this.#ended = true
    return this.#turns.take(async () => {
      const texts = textsOf(data)
      this.#changed = texts.data !== this.#came
      if (texts.data !== undefined && texts.data === this.#stored?.data) return this.#keepAlive(data)
      const outcome = this.#write(data, texts, { late: false, keep: false })
      const finished: Finished = { texts, outcome }
      this.#finished = finished
      finished.known = await outcome
      return finished.known
    })
  }

  /** express-session's `touch`. In mid-request there is nothing to do: the end does it. */
  async touch(data: ExpressSession): Promise<void> {
    if (this.#ended || (this.res && !this.ending)) return
    this.#ended = true
    await this.#turns.take(() => this.#keepAlive(data))
  }

  async destroy(): Promise<void> {
    this.#ended = true
    await this.#turns.take(() => this.session.destroy())
  }

  /** Gives back what is held, once nobody is going to end the request otherwise. Failure is told by an event. */
  release({ touch = true } = {}): void {
    if (this.#ended) return
    this.#ended = true
    const maxAge = maxAgeOf(this.session.data)
    this.#turns.take(() => this.session.release({ touch: touch && this.#keepsAlive, maxAge })).catch(noop)
  }

  /** Reads the record again, under this request's own lock; undefined if it is gone. */
  reload(): Promise<Data | undefined> {
    return this.#turns.take(async () => ((await this.session.reload()) ? this.session.data : undefined))
  }

  /** The data as it was last stored or begun, for a response that cannot go out with what it is now. */
  get stored(): Data {
    return JSON.parse(`{${this.#stored?.data ?? '}'}`)
  }

  get #asItIs(): CommitOutcome {
    return { written: true, writes: this.session.writes }
  }

  async #keepAlive(data: ExpressSession): Promise<CommitOutcome> {
    await this.session.release({ touch: this.#keepsAlive, maxAge: maxAgeOf(data) })
    return this.#asItIs
  }

  async #write(
    data: ExpressSession,
    texts: Texts,
    { late, keep }: { late: boolean; keep: boolean },
  ): Promise<CommitOutcome> {
    this.session.data = data as unknown as Data
    const options = { late, keep, maxAge: maxAgeOf(data), json: jsonOf(data, texts) }
    const outcome = await this.session.commit(options)
    // Plain data from elsewhere says nothing of the session that the request goes on with.
    if (outcome.written && data.req) this.#stored = texts
    // These two give the lock back, even in mid-request.
    if (!outcome.written && (outcome.reason === 'too-large' || outcome.reason === 'unserializable')) {
      this.#ended = true
    }
    return outcome
  }
}

/** `null` when all is well; why not, otherwise. */
export function errorOf(outcome: CommitOutcome): SessionError | null {
  // A bot that leaves no record has its page all the same.
  if (outcome.written || outcome.reason === 'bot') return null
  const cause = outcome.error === undefined ? {} : { cause: outcome.error }
  return new SessionError('COMMIT_REFUSED', `The session was not stored: ${outcome.reason}.`, {
    status: 503,
    retryAfter: 1,
    ...cause,
  })
}

interface Finished {
  texts: Texts
  outcome: Promise<CommitOutcome>
  /** The outcome, once it is there. */
  known?: CommitOutcome
}

function noop(): void {}
