import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SessionData } from 'express-session'
import type { Data } from '../codec/json.ts'
import { sessionReadOnly } from '../errors.ts'
import { cookieAge } from '../http/cookie.ts'
import { isGone, onceGone } from '../http/gone.ts'
import type { CommitOutcome } from '../session/outcome.ts'
import { Turns } from '../session/turns.ts'
import type { Session } from '../session.ts'

/** What express-session hands to a store, and what its requests carry. */
export type ExpressSession = SessionData & { id?: string; req?: SessionRequest; touch?: () => void }
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
  /** express-session's own `res.end` was called: the next commit or touch is the last. */
  ending = false
  #ended = false
  /** The request's session as stored, or, new, as it began; undefined must be stored whatever it is. */
  #stored: Texts | undefined
  /** What came of `finish`: express-session asks for the same once more. */
  #finished: { texts: Texts; outcome: Promise<CommitOutcome> } | undefined
  readonly #turns = new Turns()

  constructor(session: Session, res: ServerResponse | undefined, keepsAlive = true) {
    this.session = session
    this.res = res
    this.#keepsAlive = keepsAlive
    session.awaitEnd(res !== undefined)
    if (!res) return
    if (isGone(res)) this.release()
    else onceGone(res, () => this.release())
  }

  get open(): boolean {
    return !this.#ended
  }

  /** The data as it is now needs no storing. */
  begin(data: ExpressSession): void {
    this.#stored = textsOf(data)
  }

  /**
   * The session goes on under a new id, without data. The old one ends once this one is stored.
   *
   * @param generate gives the request another session, and answers its id
   */
  regenerate(generate: () => string): Promise<void> {
    return this.#turns.take(async () => {
      if (this.session.access === 'readonly') throw sessionReadOnly('regenerated')
      await this.session.regenerate(generate(), false)
      this.session.data = {}
      // It is stored even if it is empty, as express-session does.
      this.#stored = undefined
    })
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
    this.#ended = true
    return this.#turns.take(async () => {
      // As express-session does before its last `set`: the cookie lives anew from now on.
      data.touch?.()
      const texts = textsOf(data)
      if (texts.data !== undefined && texts.data === this.#stored?.data) return this.#keepAlive(data)
      const outcome = this.#write(data, texts, { late: false, keep: false })
      this.#finished = { texts, outcome }
      return outcome
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
    const maxAge = cookieAge(this.session.data)
    this.#turns.take(() => this.session.release({ touch: touch && this.#keepsAlive, maxAge })).catch(noop)
  }

  /** Reads the record again, under this request's own lock; undefined if it is gone. */
  reload(): Promise<Data | undefined> {
    return this.#turns.take(async () => ((await this.session.reload()) ? this.session.data : undefined))
  }

  /** The data as it was last stored or begun, for a response that cannot go out with what it is now. */
  get stored(): Data {
    return JSON.parse(this.#stored?.data ?? '{}')
  }

  get #asItIs(): CommitOutcome {
    return { written: true, writes: this.session.writes }
  }

  async #keepAlive(data: ExpressSession): Promise<CommitOutcome> {
    await this.session.release({ touch: this.#keepsAlive, maxAge: cookieAge(data) })
    return this.#asItIs
  }

  async #write(
    data: ExpressSession,
    texts: Texts,
    { late, keep }: { late: boolean; keep: boolean },
  ): Promise<CommitOutcome> {
    this.session.data = data as unknown as Data
    const outcome = await this.session.commit({ late, keep, maxAge: cookieAge(data) })
    // Plain data from elsewhere says nothing of the session that the request goes on with.
    if (outcome.written && data.req) this.#stored = texts
    // These two give the lock back, even in mid-request.
    if (!outcome.written && (outcome.reason === 'too-large' || outcome.reason === 'unserializable')) {
      this.#ended = true
    }
    return outcome
  }
}

/** A session as text, in the two parts that are compared. */
interface Texts {
  /** Without the cookie, as express-session compares it; undefined if it is no JSON. */
  data: string | undefined
  cookie: string
}

function textsOf({ cookie, ...data }: ExpressSession): Texts {
  const { originalMaxAge, domain, path, secure, httpOnly, sameSite } = cookie ?? {}
  // express-session's own arithmetic loses a millisecond now and then.
  const age = typeof originalMaxAge === 'number' ? Math.round(originalMaxAge / 1000) : null
  const attributes = JSON.stringify([age, domain, path, secure, httpOnly, sameSite])
  try {
    return { data: JSON.stringify(data), cookie: attributes }
  } catch {
    return { data: undefined, cookie: attributes }
  }
}

function isSame(a: Texts, b: Texts | undefined): boolean {
  return a.data !== undefined && a.data === b?.data && a.cookie === b.cookie
}

function noop(): void {}
