/** The options of `users` and `authenticated` that count here, in seconds. */
export interface UserOptions {
  secret: string | null
  check: number
  absoluteLifetime: number
}

/** How a user logs in. */
export interface LoginOptions {
  /** What the user may recognize this session by in a list, such as "Firefox on Linux": 200 bytes at most, the rest is cut off. Empty by default. */
  device?: string | undefined
  /** How many sessions this user may have, with this one: 1 to 1,000, the default. */
  max?: number | undefined
  /** What happens where there are `max` already: `oldest` (default) ends those that logged in first, `refuse` rejects with `SESSION_LIMIT`. */
  onMax?: 'refuse' | 'oldest' | undefined
}

/** One session of a user, for a page "your devices". */
export interface UserSession {
  /** The record's name: give it to `sessions.end`. */
  name: string
  /** As the login had it. */
  device: string
  /** When its user logged in. */
  created: Date
  /**
   * When a request last changed it or kept it alive, which happens once in `touchInterval`. Where the session's cookie was given an
   * age of its own, only changes count.
   */
  lastSeen: Date
  /** It is the one that was named as the current one. */
  current: boolean
}

/** A session, by what a request has of it, or by its record's name. */
export type SessionRef = string | { readonly id: string }

const DEVICE_BYTES = 200

/** In one line, and cut between two characters. */
export function tidyDevice(device: string): string {
  const line = device.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()
  if (Buffer.byteLength(line) <= DEVICE_BYTES) return line
  return new TextDecoder().decode(Buffer.from(line).subarray(0, DEVICE_BYTES), { stream: true })
}
