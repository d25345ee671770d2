import type { Session } from '../session.ts'
import { isOwnCookie, type OwnCookie } from './cookie.ts'

/*
 * What a session says about its own cookie is kept in its data: in JSON where express-session has it, in PHP's text in a variable
 * of our own, which PHP carries along.
 */

/** The text to store: that of the data, with what the session says about its own cookie. Undefined for what has none. */
export function withCookie(session: Session, text: string, own: OwnCookie | undefined): string | undefined {
  if (!own) return text
  const { serializer } = session.text
  if (serializer.name === 'JSON') return jsonWithCookie(text, own)
  const { expires: _, ...kept } = own
  const { data } = session
  // What a door gives to applications says by `toJSON` what is in it: not all of that need be its own property.
  const all = typeof data.toJSON === 'function' ? data.toJSON() : data
  return session.text.of({ ...all, [serializer.cookieName]: JSON.parse(JSON.stringify(kept)) })
}

/**
 * Takes it out of the data, for it is not the application's. Undefined where there is none.
 *
 * @param source the text that the data was read from
 * @returns with the text without it
 */
export function takeCookie(
  { data, text }: Session,
  source: string | undefined,
): { own: OwnCookie; stored: string | undefined } | undefined {
  const { cookieName, name } = text.serializer
  const own = data[cookieName]
  if (!isOwnCookie(own)) return undefined
  delete data[cookieName]
  if (source === undefined) return { own, stored: source }
  return {
    own,
    stored: name === 'JSON' ? (withoutCookie(source, own) ?? JSON.stringify(data)) : text.of(data),
  }
}

function jsonWithCookie(text: string, own: OwnCookie): string {
  const cookie = JSON.stringify({ ...own, expires: expiresOf(own) })
  return `{"cookie":${cookie}${text === '{}' ? '' : ','}${text.slice(1)}`
}

/** The whole JSON of data without its cookie, which stands in front where we or express-session wrote it. */
function withoutCookie(source: string, cookie: OwnCookie): string | undefined {
  const front = `{"cookie":${JSON.stringify(cookie)}`
  if (!source.startsWith(front)) return undefined
  const rest = source.slice(front.length)
  return rest === '}' ? '{}' : rest[0] === ',' ? `{${rest.slice(1)}` : undefined
}

function expiresOf({ originalMaxAge }: OwnCookie): string | null {
  return originalMaxAge === null ? null : new Date(Date.now() + originalMaxAge).toISOString()
}
