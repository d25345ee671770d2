import type { SessionData } from 'express-session'
import type { Data } from '../codec/json.ts'

/** Seconds that the cookie has to live; undefined for one that ends with the browser. */
export function maxAgeOf(data: object): number | undefined {
  const { maxAge, expires } = (data as { cookie?: { maxAge?: unknown; expires?: unknown } }).cookie ?? {}
  // A cookie that was parsed from JSON knows its end only.
  const end = typeof expires === 'string' ? Date.parse(expires) : Number.NaN
  const left = typeof maxAge === 'number' ? maxAge : end - Date.now()
  return Number.isNaN(left) ? undefined : Math.max(left, 1) / 1000
}

/** PHP's sessions have no cookie, or something of their own by that name, and express-session cannot do without. */
export function withCookie(data: Data): SessionData {
  if (typeof data.cookie !== 'object' || data.cookie === null) data.cookie = { originalMaxAge: null }
  return data as unknown as SessionData
}
