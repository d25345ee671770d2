import type { Holder } from './store.ts'

/**
 * What a caller may want to tell apart. Codes are stable; messages are not.
 *
 * - `CONCURRENT_CONNECTIONS_EXCEEDED` more than `maxConcurrency` requests wait for one session, or `maxWaiting` in this process
 * - `LOCK_TIMEOUT` waited `breakAfter + failAfter` for the lock, and `giveUp` is `throw`
 * - `WAIT_ABORTED` the caller's signal was aborted while it waited for the lock
 * - `STORE_UNAVAILABLE` Redis did not answer in time, cannot be reached, or refuses us
 * - `STORE_REFUSED` Redis answered with an error that a retry will not fix (rights, configuration)
 * - `RECORD_TYPE` the key of a session holds something that is not a hash
 * - `RECORD_VERSION` the record was written by a newer version of this library; it was left alone
 * - `SESSION_TOO_LARGE` the session's data is over `maxSize`
 * - `SESSION_UNSERIALIZABLE` the session's data cannot be serialized
 * - `ID_MALFORMED` an id that no session can have was to be stored
 * - `COMMIT_REFUSED` a commit was refused and the caller asked for an error instead of an outcome
 * - `SESSION_READ_ONLY` a session that was opened read-only cannot do this before it is upgraded
 * - `SELF_WAIT` a request was about to wait for a lock that it holds itself
 * - `SESSION_LIMIT` the user who logs in has as many sessions as `max` allows, and `onMax` is `refuse`
 * - `CLOSED` the handler is closed, or was while this request waited for its lock
 */
export type ErrorCode =
  | 'CONCURRENT_CONNECTIONS_EXCEEDED'
  | 'LOCK_TIMEOUT'
  | 'WAIT_ABORTED'
  | 'STORE_UNAVAILABLE'
  | 'STORE_REFUSED'
  | 'RECORD_TYPE'
  | 'RECORD_VERSION'
  | 'SESSION_TOO_LARGE'
  | 'SESSION_UNSERIALIZABLE'
  | 'ID_MALFORMED'
  | 'COMMIT_REFUSED'
  | 'SESSION_READ_ONLY'
  | 'SELF_WAIT'
  | 'SESSION_LIMIT'
  | 'CLOSED'

interface Details {
  cause?: unknown
  /** By default, whether the store was not available. */
  mayHaveHappened?: boolean
  /** HTTP status, for frameworks that answer with `err.status`. */
  status?: number
  /** Seconds after which the visitor may try again; becomes the `Retry-After` header. */
  retryAfter?: number
}

/** Everything that this package throws on purpose. `status`, `headers` and `expose` are what http-errors users expect. */
export class SessionError extends Error {
  /** Tells errors apart. Codes are stable; messages are not. */
  readonly code: ErrorCode
  /** The HTTP status for the answer: 500 for a fault in the program, 503 if a later try may work. */
  readonly status: number
  /** The same as `status`. */
  readonly statusCode: number
  /** Headers for the answer: `Retry-After`, in seconds, where a later try may work. */
  readonly headers: Record<string, string>
  /** Whether the message may be shown to a visitor: true for the status 503. */
  readonly expose: boolean
  /** False where the store certainly did not carry out what it was asked. */
  readonly mayHaveHappened: boolean

  /** @internal */
  constructor(code: ErrorCode, message: string, details: Details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'SessionError'
    this.code = code
    this.status = details.status ?? 500
    this.statusCode = this.status
    this.headers = details.retryAfter === undefined ? {} : { 'Retry-After': String(details.retryAfter) }
    this.expose = this.status === 503
    this.mayHaveHappened = details.mayHaveHappened ?? code === 'STORE_UNAVAILABLE'
  }
}

/** Thrown at once, without waiting, when too many requests wait already. */
export class ConcurrentConnectionsExceeded extends SessionError {
  /** Requests that wait, this one not counted. */
  readonly waiters: number
  /** Who holds the lock, where one session's queue was full. */
  readonly holder: Holder | undefined

  /** @internal */
  constructor(waiters: number, holder?: Holder) {
    super(
      'CONCURRENT_CONNECTIONS_EXCEEDED',
      `Too many requests (${waiters}) are waiting ${holder ? 'for this session' : 'for sessions'}; try again shortly.`,
      { status: 503, retryAfter: 1 },
    )
    this.name = 'ConcurrentConnectionsExceeded'
    this.waiters = waiters
    this.holder = holder
  }
}

export function handlerClosed(): SessionError {
  return new SessionError('CLOSED', 'The session handler is closed.', { status: 503, retryAfter: 1 })
}

export function selfWait(request: string, own: string): SessionError {
  const what = `${request || 'This request'} asked for the lock of a session that ${own || 'it'} holds, and is part of it. It would wait for itself.`
  return new SessionError(
    'SELF_WAIT',
    `${what} Work with the session that is open, or open this one readonly.`,
  )
}

export function storeUnavailable(message: string, cause?: unknown): SessionError {
  return new SessionError('STORE_UNAVAILABLE', message, { status: 503, retryAfter: 1, cause })
}

export function sessionReadOnly(cannotBe: string): SessionError {
  return new SessionError('SESSION_READ_ONLY', `A read-only session cannot be ${cannotBe}; upgrade it first.`)
}

/**
 * A copy of an error of the Redis client that holds no secret: its `command` has the password, the ids and the data. What it
 * leads to is copied in the same way.
 */
export function withoutSecrets(error: unknown, depth = 0): Error | undefined {
  if (typeof error !== 'object' || error === null || depth > DEEPEST) return undefined
  const { name, message, code, stack, cause, lastNodeError, errors, previousErrors } = error as FromClient
  const inner = [cause, lastNodeError, errors, previousErrors].flat()
  const [first] = inner.flatMap(each => withoutSecrets(each, depth + 1) ?? [])
  const copy = new Error(scrubbed(String(message ?? '')), first ? { cause: first } : undefined)
  Object.defineProperty(copy, 'name', { value: String(name ?? 'Error'), configurable: true, writable: true })
  if (typeof stack === 'string') copy.stack = scrubbed(stack)
  return code === undefined ? copy : Object.assign(copy, { code: String(code) })
}

/** Redis repeats the arguments of a command that it does not know, and a URL may hold a password. */
export function scrubbed(text: string): string {
  return text.replace(/,? with args beginning with:[^\n]*/g, '').replace(/\/\/[^\s/]*@/g, '//***@')
}

type FromClient = Partial<Error> & Record<'code' | 'lastNodeError' | 'errors' | 'previousErrors', unknown>

const DEEPEST = 5
