import type { SessionData } from '../session/data.ts'
import type { RotateOptions } from '../session/rotation.ts'
import type { LoginOptions } from '../users/user-options.ts'

type Ours = SessionData

/** What is declared of it, for a type that others extend: an index would promise a value for every name. */
type Declared<D> = { [Name in keyof D as string extends Name ? never : Name]?: D[Name] }

// biome-ignore lint/suspicious/noExplicitAny: as express-session's types have it, which must fit
type Anything = any
type Done = (error?: Anything) => void

/** `req.session.cookie` as every middleware of this shape has it. */
export interface SessionCookie {
  /** The age that was set, in milliseconds; null for a cookie that ends with the browser. */
  originalMaxAge: number | null
  /** Milliseconds until the cookie expires; null for one that ends with the browser. */
  maxAge?: number | null | undefined
  /** When the cookie expires. */
  expires?: Date | null | undefined
  /** Hidden from scripts in the page. */
  httpOnly?: boolean | undefined
  /** Requests below this path send the cookie. */
  path?: string | undefined
  /** Hosts below this domain get the cookie too. */
  domain?: string | undefined
  /** Sent over HTTPS only. */
  secure?: boolean | 'auto' | undefined
  /** Whether requests from other sites send the cookie. */
  sameSite?: boolean | 'lax' | 'strict' | 'none' | 'auto' | undefined
  /** A cookie jar for each top-level site. */
  partitioned?: boolean | undefined
  /** Which cookies a browser drops first. */
  priority?: 'low' | 'medium' | 'high' | undefined
}

/** The methods of `req.session`: with a callback, or without one to be awaited. */
export interface SessionMethods {
  /** The session id. */
  readonly id: string
  /** This session's cookie. What is set here holds from now on. */
  readonly cookie: SessionCookie
  /** Stores the data now and keeps the lock. The end of the response does it too. */
  save(): Promise<void>
  save(done: Done): unknown
  /** Reads the data again into a new `req.session`. */
  reload(): Promise<void>
  reload(done: Done): unknown
  /** Ends the session and takes `req.session` away. */
  destroy(): Promise<void>
  destroy(done: Done): unknown
  /** A new, empty session under a new id in `req.session`: for a login, against fixation. */
  regenerate(): Promise<void>
  regenerate(done: Done): unknown
  /** A user has logged in: the same data under a new id in a new `req.session`, as a session of this user. */
  login(user: string, options?: LoginOptions): Promise<void>
  login(user: string, done: Done): unknown
  login(user: string, options: LoginOptions | undefined, done: Done): unknown
  /** The same session under a new id, to which the old one leads for `grace` seconds, 30 by default. Not for a login. */
  rotate(options?: RotateOptions): Promise<void>
  rotate(options: RotateOptions | undefined, done: Done): unknown
  /** Takes the lock for a session that was opened without, and reads it again into a new `req.session`. */
  upgrade(): Promise<void>
  upgrade(done: Done): unknown
  /** Does nothing: the age of the cookie begins anew with each response that sets it. */
  touch(): unknown
  /** Does nothing, like `touch`. */
  resetMaxAge(): unknown
}

/**
 * What the middleware adds to a request. Where `@types/express-session` is installed, its types of `req.session` hold. What they
 * lack of these is added to them below, so that both can be installed.
 */
export interface SessionOfRequest {
  /** The visitor's data, typed by `SessionData` of `latchkey`, and the session's methods. */
  session: SessionMethods & Declared<SessionData>
  /** The id of `session`. */
  sessionID: string
  /** Sessions by their ids, from outside of their requests. `SessionStore` describes the methods. */
  sessionStore: {
    get(id: string, got: (error: Anything, data?: Anything) => void): unknown
    set(id: string, data: Anything, done?: Done): unknown
    destroy(id: string, done?: Done): unknown
    touch?(id: string, data: Anything, done?: Done): unknown
    all?(got: (error: Anything, all?: Anything) => void): unknown
    length?(got: (error: Anything, length?: number) => void): unknown
    clear?(done?: Done): unknown
  }
}

declare global {
  namespace Express {
    interface Request extends SessionOfRequest {}
  }
}

// Where those types are not installed there is no such module, and nothing to add to.
// biome-ignore lint/suspicious/noTsIgnore: an error that is expected would have to be there always
/** @ts-ignore */
declare module 'express-session' {
  interface SessionData extends Declared<Ours> {}
  // What stands last is what `bind` and `promisify` take.
  interface Session {
    save(): Promise<void>
    save(done?: Done): this
    reload(): Promise<void>
    reload(done: Done): this
    destroy(): Promise<void>
    destroy(done: Done): this
    regenerate(): Promise<void>
    regenerate(done: Done): this
    rotate(options?: RotateOptions): Promise<void>
    rotate(options: RotateOptions | undefined, done: Done): this
    upgrade(): Promise<void>
    upgrade(done: Done): this
    login(user: string, options?: LoginOptions): Promise<void>
    login(user: string, done: Done): this
    login(user: string, options: LoginOptions | undefined, done: Done): this
  }
}
