import type { ExpressSession } from './visit.ts'

/** A session as text, in the two parts that are compared. */
export interface Texts {
  /**
   * Without the cookie, as express-session compares it, and without the first brace, so that text read and text made can be
   * compared with no copy of either; undefined if it is no JSON.
   */
  data: string | undefined
  cookie: string
}

export function textsOf(data: ExpressSession, text = dataText(data)): Texts {
  const { originalMaxAge, domain, path, secure, httpOnly, sameSite } = data.cookie ?? {}
  // express-session's own arithmetic loses a millisecond now and then.
  const age = typeof originalMaxAge === 'number' ? Math.round(originalMaxAge / 1000) : null
  return { data: text, cookie: JSON.stringify([age, domain, path, secure, httpOnly, sameSite]) }
}

export function dataText(data: object): string | undefined {
  const { cookie: _, ...rest } = data as { cookie?: unknown }
  try {
    return JSON.stringify(rest).slice(1)
  } catch {
    return undefined
  }
}

/**
 * What fresh data was read from, as `dataText` would say it, where it was stored by `jsonOf` and has the cookie in front.
 * It saves serializing a session that was parsed a moment ago.
 *
 * @param source the JSON of it
 */
export function textRead(source: string | undefined, { cookie }: ExpressSession): string | undefined {
  const front = `{"cookie":${JSON.stringify(cookie)}`
  if (!source?.startsWith(front)) return undefined
  if (source.length === front.length + 1) return source.slice(-1)
  return source[front.length] === ',' ? source.slice(front.length + 1) : undefined
}

/** The whole as JSON, from the part that is known. */
export function jsonOf({ cookie }: ExpressSession, { data }: Texts): string | undefined {
  if (data === undefined || cookie === undefined) return undefined
  return `{"cookie":${JSON.stringify(cookie)}${data === '}' ? '' : ','}${data}`
}

export function isSame(a: Texts, b: Texts | undefined): boolean {
  return a.data !== undefined && a.data === b?.data && a.cookie === b.cookie
}
