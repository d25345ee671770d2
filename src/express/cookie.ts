import type { CookieOptions, OwnCookie } from '../http/cookie.ts'

/** Attributes of the cookie as express-session takes them: those of all doors, but for ages in milliseconds. */
export interface ExpressCookieOptions extends Omit<CookieOptions, 'maxAge'> {
  /** Milliseconds that the browser keeps the cookie; without, until it is closed. */
  maxAge?: number | null | undefined
  /** A point in time in place of `maxAge`. Prefer `maxAge`: this one is the same for all visitors and comes nearer. */
  expires?: Date | null | undefined
}

/** These options as one session says them about its cookie. Of `maxAge` and `expires` the one that stands last counts. */
export function ownCookieOf(options: ExpressCookieOptions): OwnCookie {
  const { maxAge, expires, ...attributes } = options
  const names = Object.keys(options)
  const byDate = expires && (maxAge === undefined || names.indexOf('expires') > names.indexOf('maxAge'))
  return { ...attributes, originalMaxAge: byDate ? expires.getTime() - Date.now() : (maxAge ?? null) }
}

/** What keeps the attributes that a session has of its own. */
interface Owner {
  ownCookie: OwnCookie | undefined
}

/** `req.session.cookie`: what is set here holds for this session from now on. */
export class Cookie {
  readonly #owner: Owner
  readonly #defaults: OwnCookie
  readonly #isSecure: boolean

  /**
   * @param isSecure what `auto` means for this request
   * @internal
   */
  constructor(owner: Owner, defaults: OwnCookie, isSecure: boolean) {
    this.#owner = owner
    this.#defaults = defaults
    this.#isSecure = isSecure
  }

  get #now(): OwnCookie {
    return this.#owner.ownCookie ?? this.#defaults
  }

  #set(changes: Partial<OwnCookie>): void {
    this.#owner.ownCookie = { ...this.#now, ...changes }
  }

  /** The same, as it is now: what happens to the request's session does not change it any more. */
  copy(): Cookie {
    return new Cookie({ ownCookie: this.#owner.ownCookie }, this.#defaults, this.#isSecure)
  }

  /** Takes over what another cookie, or an object with a cookie's attributes, says. */
  assign(cookie: Cookie | ExpressCookieOptions): void {
    this.#owner.ownCookie = cookie instanceof Cookie ? { ...cookie.#now } : ownCookieOf(cookie)
  }

  /** Milliseconds until it expires; null for one that ends with the browser. */
  get maxAge(): number | null {
    return this.#now.originalMaxAge
  }

  set maxAge(ms: number | null | undefined | false) {
    if (typeof ms === 'number' ? !Number.isFinite(ms) : ms) {
      throw new TypeError(
        'cookie.maxAge: expected a number of milliseconds, or null for a cookie that ends with the browser',
      )
    }
    this.#set({ originalMaxAge: typeof ms === 'number' ? ms : null })
  }

  /** The age that was set, in milliseconds; null for a cookie that ends with the browser. */
  get originalMaxAge(): number | null {
    return this.#now.originalMaxAge
  }

  set originalMaxAge(ms: number | null) {
    this.maxAge = ms
  }

  /** When the cookie expires; null for one that ends with the browser. */
  get expires(): Date | null {
    const { originalMaxAge } = this.#now
    return originalMaxAge === null ? null : new Date(Date.now() + originalMaxAge)
  }

  set expires(date: Date | null | undefined | false) {
    if (date && Number.isNaN(date instanceof Date ? date.getTime() : Number.NaN)) {
      throw new TypeError(
        'cookie.expires: expected a valid Date, or null for a cookie that ends with the browser',
      )
    }
    this.#set({ originalMaxAge: date ? date.getTime() - Date.now() : null })
  }

  /** Requests below this path send the cookie. */
  get path(): string {
    return this.#now.path ?? '/'
  }

  set path(path: string) {
    this.#set({ path })
  }

  /** Hosts below this domain get the cookie too; undefined for only the host that set it. */
  get domain(): string | undefined {
    return this.#now.domain
  }

  set domain(domain: string | undefined) {
    this.#set({ domain })
  }

  /** Hidden from scripts in the page. */
  get httpOnly(): boolean {
    return this.#now.httpOnly ?? true
  }

  set httpOnly(httpOnly: boolean) {
    this.#set({ httpOnly })
  }

  /** Whether it is sent over HTTPS only; for `auto` what this means for this request. */
  get secure(): boolean {
    const { secure = 'auto' } = this.#now
    return secure === 'auto' ? this.#isSecure : secure
  }

  set secure(secure: boolean | 'auto' | undefined) {
    this.#set({ secure })
  }

  /** Whether requests from other sites send the cookie; for `auto` what this means for this request. */
  get sameSite(): Exclude<CookieOptions['sameSite'], 'auto'> {
    const { sameSite = 'lax' } = this.#now
    return sameSite === 'auto' ? (this.#isSecure ? 'none' : 'lax') : sameSite
  }

  set sameSite(sameSite: CookieOptions['sameSite']) {
    this.#set({ sameSite })
  }

  /** A cookie jar for each top-level site. */
  get partitioned(): boolean | undefined {
    return this.#now.partitioned
  }

  set partitioned(partitioned: boolean | undefined) {
    this.#set({ partitioned })
  }

  /** Which cookies a browser drops first. */
  get priority(): CookieOptions['priority'] {
    return this.#now.priority
  }

  set priority(priority: CookieOptions['priority']) {
    this.#set({ priority })
  }

  /** As express-session's cookie has it. */
  get data(): OwnCookie {
    const { path, httpOnly, secure, sameSite, expires } = this
    return { ...this.#now, path, httpOnly, secure, sameSite, expires }
  }

  /** The same as `data`. */
  toJSON(): OwnCookie {
    return this.data
  }
}
