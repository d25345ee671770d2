import type { IncomingMessage } from 'node:http'
import type { Data } from '../codec/json.ts'
import { SessionError } from '../errors.ts'
import { type Done, throwUncaught } from '../http/callback.ts'
import type { OwnCookie } from '../http/cookie.ts'
import type { Visit } from '../http/visit.ts'
import { type CommitOutcome, refusalOf } from '../session/outcome.ts'
import type { RotateOptions } from '../session/rotation.ts'
import type { LoginOptions } from '../users/user-options.ts'
import { Cookie, type ExpressCookieOptions } from './cookie.ts'
import type { SessionStore } from './store.ts'

export type SessionRequest = IncomingMessage & {
  session?: RequestSession | Data | null | undefined
  sessionID?: string
  sessionStore?: SessionStore
}

/** What one request's session needs of its middleware. */
export interface Host {
  req: SessionRequest
  visit: Visit
  /** What the options say about the cookie of this request. */
  cookieDefaults: OwnCookie
  /** What a session that begins now has to say about its cookie in place of the options; asked for each one. */
  newCookie: () => OwnCookie | undefined
  isSecure: boolean
}

/** `req.session`: its own properties are the visitor's data, and its methods those of express-session. */
export class RequestSession {
  readonly #host: Host
  #id: string
  #cookie: Cookie | undefined

  /** @internal */
  constructor(host: Host, data: Data) {
    this.#host = host
    this.#id = host.visit.session.id
    const aside = assign(this, data)
    // Another door stored what has the name of a method here: it stays as it is.
    if (aside) Object.defineProperty(this, 'toJSON', { value: () => ({ ...this, ...aside }) })
  }

  /** The session id. */
  get id(): string {
    return this.#id
  }

  /** The request of this session. */
  get req(): IncomingMessage {
    return this.#host.req
  }

  /** This session's cookie. What is set here holds from now on. */
  get cookie(): Cookie {
    const { visit, cookieDefaults, isSecure } = this.#host
    this.#cookie ??= new Cookie(visit, cookieDefaults, isSecure)
    return this.#cookie
  }

  set cookie(cookie: Cookie | ExpressCookieOptions) {
    this.cookie.assign(cookie)
  }

  /** Does nothing: the cookie's age begins anew with each response that sets it. */
  touch(): this {
    return this
  }

  /** The same as `touch`. */
  resetMaxAge(): this {
    return this
  }

  /** Stores the data now and keeps the lock. @throws {SessionError} `COMMIT_REFUSED` where it was not stored, and what the store throws */
  save(): Promise<void>
  save(done: Done | undefined): this
  save(done?: Done): this | Promise<void> {
    return this.#answer(done, this.#host.visit.save().then(unlessRefused))
  }

  /** Reads the data again into a new `req.session`. */
  reload(): Promise<void>
  reload(done: Done | undefined): this
  reload(done?: Done): this | Promise<void> {
    const { req, visit } = this.#host
    const reloaded = visit.reload().then(found => {
      if (!found)
        throw new SessionError('COMMIT_REFUSED', 'failed to load session: it has ended', { status: 503 })
      begin(this.#host)
      req.sessionID = visit.session.id
    })
    return this.#answer(done, reloaded)
  }

  /** Ends the session and takes `req.session` away. It does not wait for the lock. */
  destroy(): Promise<void>
  destroy(done: Done | undefined): this
  destroy(done?: Done): this | Promise<void> {
    const { req, visit } = this.#host
    delete req.session
    return this.#answer(done, visit.destroy())
  }

  /** A new, empty session under a new id in `req.session`: for a login, against fixation. */
  regenerate(): Promise<void>
  regenerate(done: Done | undefined): this
  regenerate(done?: Done): this | Promise<void> {
    return this.#answer(done, regenerate(this.#host))
  }

  /**
   * A user has logged in: the same data under a new id in a new `req.session`, as a session of this user. See `sessions.of` and
   * `sessions.endOf`.
   *
   * @param user the user's id, of which only a hash is stored
   * @throws {SessionError} `SESSION_LIMIT` where `onMax` is `refuse`: the session is as it was
   */
  login(user: string, options?: LoginOptions): Promise<void>
  login(user: string, done: Done): this
  login(user: string, options: LoginOptions | undefined, done: Done | undefined): this
  login(user: string, options?: LoginOptions | Done, done?: Done): this | Promise<void> {
    if (typeof options === 'function') return this.#answer(options, login(this.#host, user, undefined))
    return this.#answer(done, login(this.#host, user, options))
  }

  /**
   * The same session under a new id, from time to time, so that an id that leaked is worth little for long. Not for a login: the
   * old id leads to the new one for `grace` seconds, 30 by default. Where nothing is stored yet, or the headers have left, it does
   * nothing.
   */
  rotate(options?: RotateOptions): Promise<void>
  rotate(options: RotateOptions | undefined, done: Done | undefined): this
  rotate(options: RotateOptions = {}, done?: Done): this | Promise<void> {
    const { req, visit } = this.#host
    const rotated = visit.rotate(options).then(() => {
      this.#id = visit.session.id
      req.sessionID = this.#id
    })
    return this.#answer(done, rotated)
  }

  /** Takes the lock for a session that was opened without, and reads it again into a new `req.session`. */
  upgrade(): Promise<void>
  upgrade(done: Done | undefined): this
  upgrade(done?: Done): this | Promise<void> {
    const { req, visit } = this.#host
    const upgraded = visit.upgrade().then(() => {
      begin(this.#host)
      req.sessionID = visit.session.id
    })
    return this.#answer(done, upgraded)
  }

  #answer(done: Done | undefined, step: Promise<void>): this | Promise<void> {
    if (done) {
      step.then(() => done(), done).catch(throwUncaught)
      return this
    }
    // Many call `save()` and look no further: an event tells what came of it.
    step.catch(() => {})
    return step
  }
}

/** `req.session` is the session as it is read. */
export function begin(host: Host): void {
  const { req, visit } = host
  const session = new RequestSession(host, visit.session.data)
  visit.session.data = session as unknown as Data
  req.session = session
}

async function login(host: Host, user: string, options: LoginOptions | undefined): Promise<void> {
  const { req, visit } = host
  const own = visit.session.data
  const data = typeof own.toJSON === 'function' ? (own.toJSON() as Data) : { ...own }
  await visit.regenerate(data, (session, id) => session.login(user, options, id))
  begin(host)
  req.sessionID = visit.session.id
}

export async function regenerate(host: Host): Promise<void> {
  const { req, visit } = host
  const before = req.session
  // Without its data it has no user either.
  await visit.regenerate({}, (session, id) => session.regenerate(id, false))
  if (before instanceof RequestSession && visit.ownCookie) {
    // Passport's `keepSessionInfo` copies what it finds on it, and with express-session it finds a cookie.
    Object.defineProperty(before, 'cookie', { value: before.cookie.copy(), enumerable: true })
  }
  visit.ownCookie = host.newCookie()
  begin(host)
  req.sessionID = visit.session.id
}

/**
 * The session for code that still works with it once the response has ended: a change that no `save` follows is told by an event,
 * because nothing will store it.
 */
export function afterEnd(session: RequestSession, changedTooLate: () => void): RequestSession {
  let changed = false
  const note = () => {
    if (changed) return
    changed = true
    setImmediate(() => changed && changedTooLate())
  }
  return new Proxy(session, {
    get(target, key) {
      const value = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        if (key === 'save') changed = false
        return Reflect.apply(value, target, args)
      }
    },
    set(target, key, value) {
      note()
      return Reflect.set(target, key, value, target)
    },
    deleteProperty(target, key) {
      note()
      return Reflect.deleteProperty(target, key)
    },
  })
}

/** Copies data, and returns what has no place on a session. */
function assign(session: RequestSession, data: Data): Data | undefined {
  let aside: Data | undefined
  for (const key of Object.keys(data)) {
    // Applications of express-session may well have data of this name: they do without the method.
    if (key in session && key !== 'login') {
      aside ??= {}
      aside[key] = data[key]
    } else {
      ;(session as unknown as Data)[key] = data[key]
    }
  }
  return aside
}

function unlessRefused(outcome: CommitOutcome): void {
  const error = refusalOf(outcome)
  if (error) throw error
}
