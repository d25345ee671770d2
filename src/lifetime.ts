import type { Touch } from './store.ts'

/** In seconds; see the options of the same names. */
export interface Lifetimes {
  lifetime: number
  firstLifetime: number
  botLifetime: number
  botFirstLifetime: number
  minLifetime: number
  maxLifetime: number
  absoluteLifetime: number
  touchInterval: number
}

export interface Visitor {
  /** Writes and touches of the session before this request. */
  rung: number
  /** Not once the session has been regenerated: a crawler does not log in. */
  bot: boolean
  /** Seconds that the cookie lives; the record never outlives it, and it stands in for `lifetime`. */
  maxAge?: number | undefined
}

/** How long a session lives from now on, in seconds; never no time at all. */
export function lifetime({ rung, bot, maxAge }: Visitor, options: Lifetimes): number {
  const { minLifetime, maxLifetime } = options
  const cookie = Number.isNaN(maxAge) ? undefined : maxAge
  const seconds = Math.min(Math.max(ladder(rung, bot, cookie, options), minLifetime), maxLifetime)
  return Math.max(Math.min(seconds, cookie ?? seconds), SHORTEST)
}

// A millisecond, for a cookie that is over: with less, Redis would delete the record within the step that writes it, and
// handing its lock on would make a new one without data and without an end.
const SHORTEST = 0.001

/** Short for a visitor who came once, twice as long the second time, the whole length from then on. */
function ladder(rung: number, bot: boolean, maxAge: number | undefined, options: Lifetimes): number {
  const early = rung <= 1
  if (bot && options.botLifetime > 0) {
    return early && options.botFirstLifetime > 0 ? options.botFirstLifetime * (1 + rung) : options.botLifetime
  }
  if (early && options.firstLifetime > 0) return options.firstLifetime * (1 + rung)
  return maxAge ?? options.lifetime
}

/** The same as a touch, in milliseconds. A session never ends more than a tenth early for not being touched. */
export function touchFor(visitor: Visitor, options: Lifetimes): Touch {
  const ttl = lifetime(visitor, options) * 1000
  return {
    ttl,
    absolute: options.absoluteLifetime * 1000,
    interval: Math.floor(Math.min(options.touchInterval * 1000, ttl / 10)),
  }
}
