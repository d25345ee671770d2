import type { Wait } from '../lock/waiting.ts'
import type { Access } from './outcome.ts'

/** How one request opens its session. */
export interface OpenOptions {
  /** What the request may do with the session, and whether it takes the lock; `exclusive` by default. */
  access?: Access
  /** The visitor's user agent, for the option `bots`. Not given at all, it is a person's. */
  userAgent?: string | null | undefined
  /** `METHOD host/path`, to tell others who holds the lock. What follows a `?` is cut off. */
  request?: string
  /** Aborted when the client goes away: a waiting request then leaves the queue and rejects with `WAIT_ABORTED`. */
  signal?: AbortSignal | undefined
  /** Seconds, in place of the options of the same names, for a route that takes longer than others or must not wait. */
  lock?:
    | {
        /** Seconds after which this request breaks the lock of the same holder. */
        breakAfter?: number | undefined
        /** Seconds, beyond `breakAfter`, after which this request gives up. */
        failAfter?: number | undefined
      }
    | undefined
  /** Seconds that the visitor's cookie lives; the record will not outlive it. */
  maxAge?: number | undefined
}

export function waitOf({ signal, lock }: OpenOptions): Wait {
  const ms = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1000)
  return lock ? { signal, breakAfter: ms(lock.breakAfter), failAfter: ms(lock.failAfter) } : { signal }
}

const REQUEST_LENGTH = 200

/** A request as it may stand in a record and in a log line: without the query string, which may hold secrets, and in one line. */
export function tidy(request: string): string {
  const end = request.indexOf('?')
  return (end < 0 ? request : request.slice(0, end)).slice(0, REQUEST_LENGTH).replace(/\p{Cc}/gu, '')
}
