import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SessionData } from 'express-session'
import type { Data } from '../codec/json.ts'
import { SessionError } from '../errors.ts'
import type { CommitOutcome } from '../outcome.ts'
import type { Session } from '../session.ts'

/** What express-session hands to a store, and what its requests carry. */
export type ExpressSession = SessionData & {
  req?: SessionRequest
  save?: (done: Done) => unknown
  touch?: () => unknown
}
export type SessionRequest = IncomingMessage & {
  session?: ExpressSession | null
  sessionID?: string
  res?: ServerResponse
}
export type Done = (error?: unknown) => void

/**
 * One request's use of one session, from `get` or `generate` to the end of its response.
 *
 * STATES  open: it may hold the lock. Ended: it has committed or released; what comes later is taken only if nobody has
 *         changed the session since.
 */
export class Visit {
  readonly session: Session
  readonly res: ServerResponse | undefined
  /** `res.end` was called: the next commit or touch is the last. */
  ending = false
  /** A new id in a request that had a session: express-session stores it even if it is empty. */
  readonly regenerated: boolean
  #ended = false
  /** The data as stored, without its cookie. */
  #stored: string

  constructor(session: Session, res: ServerResponse | undefined, data: object, regenerated: boolean) {
    this.session = session
    this.res = res
    this.regenerated = regenerated
    this.#stored = textOf(data)
    res?.once('close', () => this.release())
  }

  get open(): boolean {
    return !this.#ended
  }

  /** Whether express-session is going to call `set` for this data. */
  isModified(data: object): boolean {
    return (this.regenerated && this.session.isNew) || textOf(data) !== this.#stored
  }

  /** Commits and, at the response's end, unlocks in the same step. */
  async commit(data: ExpressSession): Promise<CommitOutcome> {
    const text = textOf(data)
    const late = this.#ended
    // regenerate() makes express-session store twice; the second time says nothing new.
    if (late && !this.session.isNew && text === this.#stored)
      return { written: true, writes: this.session.writes }
    if (this.ending) this.#ended = true
    this.session.data = data as unknown as Data
    const options = { keep: !this.ending, maxAge: maxAgeOf(data) }
    const outcome = late ? await this.session.commitLate(options) : await this.session.commit(options)
    if (outcome.written) this.#stored = text
    return outcome
  }

  /** The end of a request that changed nothing. */
  async touch(data: ExpressSession): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    await this.session.release({ touch: true, maxAge: maxAgeOf(data) })
  }

  async destroy(): Promise<void> {
    this.#ended = true
    await this.session.destroy()
  }

  /** Gives back what is held, once nobody is going to end the request otherwise. Failure is told by an event. */
  release(): void {
    if (this.#ended) return
    this.#ended = true
    this.session.release({ touch: false }).catch(() => {})
  }

  /** Reads the record again, under this request's own lock; undefined if it is gone. */
  async reload(): Promise<Data | undefined> {
    if (!(await this.session.reload())) return undefined
    this.take(this.session.data)
    return this.session.data
  }

  /** This is what is stored now. */
  take(data: Data): void {
    this.session.data = data
    this.#stored = textOf(data)
  }
}

/** `null` when all is well; why not, otherwise. */
export function errorOf(outcome: CommitOutcome): SessionError | null {
  if (outcome.written) return null
  const cause = outcome.error === undefined ? {} : { cause: outcome.error }
  return new SessionError('COMMIT_REFUSED', `The session was not stored: ${outcome.reason}.`, {
    status: 503,
    retryAfter: 1,
    ...cause,
  })
}

/** As express-session does it: the cookie does not count as a change. */
function textOf(data: object): string {
  return JSON.stringify(data, function (this: unknown, key: string, value: unknown) {
    return this === data && key === 'cookie' ? undefined : value
  })
}

/** Seconds that the cookie has to live; undefined for one that ends with the browser. */
function maxAgeOf({ cookie }: ExpressSession): number | undefined {
  const { maxAge } = cookie ?? {}
  return typeof maxAge === 'number' ? Math.max(Math.ceil(maxAge / 1000), 1) : undefined
}
