import type { CookieOptions, OwnCookie } from '../http/cookie.ts'
import type { Visit } from '../http/visit.ts'

/** Attributes of the cookie as express-session takes them: those of all doors, but for ages in milliseconds. */
export interface ExpressCookieOptions extends Omit<CookieOptions, 'maxAge'> {
  /** Milliseconds that the browser keeps the cookie; without, until it is closed. */
  maxAge?: number | null | undefined
  /** A point in time in place of `maxAge`. Prefer `maxAge`: this one is the same for all visitors and comes nearer. */
  expires?: Date | null | undefined
}

/** `req.session.cookie`: what is set here holds for this session from now on. */
export class Cookie {
  readonly #visit: Visit
  readonly #defaults: OwnCookie

  constructor(visit: Visit, defaults: OwnCookie) {
    this.#visit = visit
    this.#defaults = defaults
  }

  get #now(): OwnCookie {
    return this.#visit.ownCookie ?? this.#defaults
  }

  #set(changes: Partial<OwnCookie>): void {
    this.#visit.ownCookie = { ...this.#now, ...changes }
  }

  /** Milliseconds until it expires; null for one that ends with the browser. */
  get maxAge(): number | null {
    return this.#now.originalMaxAge
  }

  set maxAge(ms: number | null | undefined | false) {
    if (ms && typeof ms !== 'number') {
      throw new TypeError(
        'cookie.maxAge must be a number of milliseconds, or null for a cookie that ends with the browser',
      )
    }
    this.#set({ originalMaxAge: typeof ms === 'number' ? ms : null })
  }

  get originalMaxAge(): number | null {
    return this.#now.originalMaxAge
  }

  set originalMaxAge(ms: number | null) {
    this.maxAge = ms
  }

  get expires(): Date | null {
    const { originalMaxAge } = this.#now
    return originalMaxAge === null ? null : new Date(Date.now() + originalMaxAge)
  }

  set expires(date: Date | null | undefined | false) {
    if (date && !(date instanceof Date)) throw new TypeError('cookie.expires must be a Date or null')
    this.#set({ originalMaxAge: date ? date.getTime() - Date.now() : null })
  }

  get path(): string {
    return this.#now.path ?? '/'
  }

  set path(path: string) {
    this.#set({ path })
  }

  get domain(): string | undefined {
    return this.#now.domain
  }

  set domain(domain: string | undefined) {
    this.#set({ domain })
  }

  get httpOnly(): boolean {
    return this.#now.httpOnly ?? true
  }

  set httpOnly(httpOnly: boolean) {
    this.#set({ httpOnly })
  }

  get secure(): boolean | 'auto' | undefined {
    return this.#now.secure
  }

  set secure(secure: boolean | 'auto' | undefined) {
    this.#set({ secure })
  }

  get sameSite(): CookieOptions['sameSite'] {
    return this.#now.sameSite
  }

  set sameSite(sameSite: CookieOptions['sameSite']) {
    this.#set({ sameSite })
  }

  get partitioned(): boolean | undefined {
    return this.#now.partitioned
  }

  set partitioned(partitioned: boolean | undefined) {
    this.#set({ partitioned })
  }

  get priority(): CookieOptions['priority'] {
    return this.#now.priority
  }

  set priority(priority: CookieOptions['priority']) {
    this.#set({ priority })
  }

  /** As express-session's cookie has it. */
  get data(): OwnCookie {
    return { ...this.#now, expires: this.expires }
  }

  toJSON(): OwnCookie {
    return this.data
  }
}
