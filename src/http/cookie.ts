import { createHmac, KeyObject, timingSafeEqual } from 'node:crypto'
import { parseCookie, parseSetCookie, type SetCookie, stringifySetCookie } from 'cookie'

/** Attributes of the session cookie. */
export interface CookieOptions {
  /** Seconds that the browser keeps the cookie; without, until it is closed. The session lives as long, at most `maxLifetime`. */
  maxAge?: number | undefined
  /** Hosts below this domain get the cookie too. None by default: only the host that set it. */
  domain?: string | undefined
  /** `/` by default. Requests outside of it have no session. */
  path?: string | undefined
  /** Hidden from scripts in the page; true by default. */
  httpOnly?: boolean | undefined
  /** `auto` (default): sent over HTTPS only if this request came that way. `true`: no cookie is set over plain HTTP. */
  secure?: boolean | 'auto' | undefined
  /** `lax` by default. `auto`: `none` over HTTPS, else `lax`. */
  sameSite?: boolean | 'lax' | 'strict' | 'none' | 'auto' | undefined
  /** A cookie jar for each top-level site, for pages inside frames of others. */
  partitioned?: boolean | undefined
  /** Which cookies a browser drops first. None by default. */
  priority?: 'low' | 'medium' | 'high' | undefined
}

/**
 * What one session says about its own cookie: in place of the door's options, and kept in its data under `cookie` in
 * express-session's form, so that every door and express-session agree. `originalMaxAge` is in milliseconds.
 */
export interface OwnCookie {
  /** The age that was set, in milliseconds; null for a cookie that ends with the browser. */
  originalMaxAge: number | null
  /** When the cookie expires. */
  expires?: string | Date | null
  /** Hosts below this domain get the cookie too. */
  domain?: string | undefined
  /** Requests below this path send the cookie. */
  path?: string | undefined
  /** Hidden from scripts in the page. */
  httpOnly?: boolean | undefined
  /** Sent over HTTPS only. */
  secure?: boolean | 'auto' | undefined
  /** Whether requests from other sites send the cookie. */
  sameSite?: CookieOptions['sameSite']
  /** A cookie jar for each top-level site. */
  partitioned?: boolean | undefined
  /** Which cookies a browser drops first. */
  priority?: CookieOptions['priority']
}

/** A long random text, or the bytes of one. */
export type Secret = string | Uint8Array | KeyObject

/**
 * The name, the secrets and the attributes of a door's cookie. Its format is express-session's: `s:<id>.<signature>`. Without
 * secrets it is PHP's: the id.
 */
export interface CookieFormat {
  name: string
  /** The first signs, and all are accepted. */
  secrets: readonly Secret[]
  options: CookieOptions
}

/**
 * @param secret null for a cookie that is not signed
 * @throws {TypeError} for a secret or a cookie that cannot work
 */
export function cookieFormat(
  secret: Secret | readonly Secret[] | null | undefined,
  name = 'connect.sid',
  options: CookieOptions = {},
): CookieFormat {
  const given: readonly unknown[] = secret === null ? [] : Array.isArray(secret) ? secret : [secret]
  const secrets = given.filter(isSecret)
  if (secrets.length < given.length || (secret !== null && secrets.length === 0)) {
    throw new TypeError(
      'secret: expected a text or bytes, or a list of them. The first one signs: make it long and random',
    )
  }
  if (options.maxAge !== undefined && !(options.maxAge > 0)) {
    throw new TypeError(`cookie.maxAge: expected more than 0 seconds, got ${options.maxAge}`)
  }
  const bound = BOUND_TO_HOST.test(name) && (options.domain !== undefined || (options.path ?? '/') !== '/')
  if (bound || (BOUND_TO_HTTPS.test(name) && options.secure === false)) {
    throw new TypeError(
      `A cookie named ${name} must be secure${BOUND_TO_HOST.test(name) ? ', without a domain and with the path "/"' : ''}: browsers drop it otherwise`,
    )
  }
  return checked({ name, secrets, options })
}

/** Names that browsers take from a secure connection only, and the first without a domain and for all paths. In any case. */
const BOUND_TO_HOST = /^__Host-/i
const BOUND_TO_HTTPS = /^__(Host|Secure)-/i

/** So that a name or a domain that no cookie can have is told at start, and not by each response. */
function checked(format: CookieFormat): CookieFormat {
  stringifySetCookie({ ...attributes(format, undefined, true), name: format.name, value: 'x' })
  return format
}

interface Sent {
  id: string
  /** It was signed with an older secret. */
  stale: boolean
}

/**
 * The id that the browser sent, if its signature is right; without secrets as PHP takes it. Of several cookies of this name the first that is signed counts: a
 * neighbouring host can put one in front, and cannot sign it.
 */
export function readCookie(
  { name, secrets }: CookieFormat,
  header: string | null | undefined,
): Sent | undefined {
  if (!header?.includes(name)) return undefined
  const first = parseCookie(header)[name]
  if (first === undefined) return undefined
  const sent = signedId(first, secrets)
  if (sent || header.indexOf(name) === header.lastIndexOf(name)) return sent
  for (const pair of header.split(';')) {
    const other = signedId(parseCookie(pair)[name], secrets)
    if (other) return other
  }
  return undefined
}

function signedId(value: string | undefined, secrets: CookieFormat['secrets']): Sent | undefined {
  if (secrets.length === 0) return value ? { id: value, stale: false } : undefined
  if (!value?.startsWith('s:')) return undefined
  const dot = value.lastIndexOf('.')
  if (dot < 0) return undefined
  const id = value.slice(2, dot)
  const signature = Buffer.from(value.slice(dot + 1))
  if (signature.length !== SIGNATURE_LENGTH) return undefined
  for (const [at, secret] of secrets.entries()) {
    if (timingSafeEqual(Buffer.from(signatureOf(id, secret)), signature)) return { id, stale: at > 0 }
  }
  return undefined
}

/** Of SHA-256 in base64, without padding. */
const SIGNATURE_LENGTH = 43

/**
 * The value of a `Set-Cookie` header, or undefined where the cookie is for HTTPS only and this connection is not.
 *
 * @param own what the session says about its own cookie
 */
export function writeCookie(
  format: CookieFormat,
  id: string,
  own: OwnCookie | undefined,
  secure: boolean,
): string | undefined {
  const all = attributes(format, own, secure)
  if (all.secure && !secure) return undefined
  const [secret] = format.secrets
  const value = secret === undefined ? id : `s:${id}.${signatureOf(id, secret)}`
  return stringifySetCookie({ ...all, name: format.name, value })
}

/** A `Set-Cookie` header in its parts, for frameworks that set cookies by an object. */
export function cookieParts(header: string): SetCookie {
  return parseSetCookie(header)
}

function attributes(
  { name, options }: CookieFormat,
  own: OwnCookie | undefined,
  secure: boolean,
): Omit<SetCookie, 'name' | 'value'> {
  const { maxAge: _, ...given } = options
  const { originalMaxAge: __, expires: ___, ...ownGiven } = own ?? { originalMaxAge: null }
  const merged = {
    path: '/',
    httpOnly: true,
    secure: 'auto',
    sameSite: 'lax',
    ...defined(given),
    ...defined(ownGiven),
  } as CookieOptions
  if (BOUND_TO_HTTPS.test(name)) merged.secure = true
  if (BOUND_TO_HOST.test(name)) Object.assign(merged, { domain: undefined, path: '/' })
  const maxAge = maxAgeOf(options, own)
  const all: Omit<SetCookie, 'name' | 'value'> = {
    path: merged.path ?? '/',
    httpOnly: merged.httpOnly === true,
  }
  if (maxAge !== undefined) all.expires = new Date(Date.now() + maxAge * 1000)
  if (merged.domain !== undefined) all.domain = merged.domain
  if (merged.secure === 'auto' ? secure : merged.secure) all.secure = true
  const sameSite = merged.sameSite === 'auto' ? (secure ? 'none' : 'lax') : merged.sameSite
  if (sameSite) all.sameSite = sameSite
  if (merged.partitioned) all.partitioned = true
  if (merged.priority) all.priority = merged.priority
  return all
}

/** Seconds that the cookie of this session lives from now on; undefined for one that ends with the browser. */
export function maxAgeOf(options: CookieOptions, own: OwnCookie | undefined): number | undefined {
  if (!own) return options.maxAge
  const { originalMaxAge } = own
  return Number.isFinite(originalMaxAge) ? Math.max(Number(originalMaxAge), 1) / 1000 : undefined
}

/** The same by what stands in a session's data: undefined also for data without a cookie of express-session or ours. */
export function cookieAge(data: object): number | undefined {
  const { cookie } = data as { cookie?: unknown }
  return isOwnCookie(cookie) ? maxAgeOf({}, cookie) : undefined
}

/** Whether a member `cookie` of a session's data is express-session's or ours, and not the application's. */
export function isOwnCookie(value: unknown): value is OwnCookie {
  return typeof value === 'object' && value !== null && 'originalMaxAge' in value
}

function defined<T extends object>(given: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined && value !== null),
  ) as Partial<T>
}

function isSecret(secret: unknown): secret is Secret {
  if (typeof secret === 'string' || secret instanceof Uint8Array) return secret.length > 0
  return secret instanceof KeyObject && secret.type === 'secret'
}

function signatureOf(id: string, secret: Secret): string {
  return createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '')
}

/** What of it counts as a change. When it expires follows from its age. */
export function ownText(own: OwnCookie | undefined): string {
  if (!own) return ''
  const { originalMaxAge, expires: _, ...attributes } = own
  // express-session's own arithmetic loses a millisecond now and then.
  const age = typeof originalMaxAge === 'number' ? Math.round(originalMaxAge / 1000) : null
  return JSON.stringify([age, attributes])
}
