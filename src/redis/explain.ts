import { SessionError, scrubbed, withoutSecrets } from '../errors.ts'

// What an error of the Redis client means: whether the command may have run, whether it is worth another try, and what to tell.

/** What a message says besides the error. */
interface Circumstances {
  /** Such as `Redis at 127.0.0.1:6379`. */
  server: string
  /** What a diagnosis found. */
  finding: string | undefined
  /** A key for messages; by default as it is. */
  shownKey?: ((key: string) => string) | undefined
}

/** The message is for visitors too; the cause says where and why, for the log. */
export function explain(
  error: unknown,
  mayHaveHappened: boolean,
  { server, finding, shownKey = key => key }: Circumstances,
): SessionError {
  if (error instanceof SessionError) return error
  const found = withFinding(scrubbed(messageOf(error)).replace(/\.$/, ''), finding)
  // "Connection refused" alone would say that nothing was sent.
  const reason =
    mayHaveHappened && found !== '' && isCertainlyNot(error)
      ? `the connection broke after the command was sent, and there is no new one: ${found}`
      : found
  const cause = withoutSecrets(error)
  const because = (why: string) => new Error(why, cause ? { cause } : undefined)
  if (/^WRONGTYPE/.test(reason) || /WRONGTYPE Operation/.test(reason)) {
    const key = keyOf(error)
    const named = key === undefined ? 'The key of a session' : `The key ${shownKey(key)}`
    return new SessionError(
      'RECORD_TYPE',
      `${named} holds something that is not a session. Another program uses this prefix: set the option prefix to one of your own.`,
      { cause },
    )
  }
  if (
    /NOPERM|can't run this command|ACL failure|NOAUTH|WRONGPASS|ERR unknown|ERR invalid (username|password)/i.test(
      reason,
    )
  ) {
    return new SessionError('STORE_REFUSED', 'The session store refuses this application.', {
      cause: because(`${server} refuses the session handler: ${reason}`),
      mayHaveHappened,
      status: 503,
      retryAfter: 30,
    })
  }
  return new SessionError('STORE_UNAVAILABLE', 'The session store is not available; try again shortly.', {
    cause: because(`${server} is not available${reason ? `: ${reason}` : ''}.`),
    mayHaveHappened,
    status: 503,
    retryAfter: 1,
  })
}

/** The key of the command that failed, as ioredis hands it out with the error. */
function keyOf(error: unknown): string | undefined {
  const { name = '', args = [] } = (error as { command?: { name?: string; args?: unknown[] } }).command ?? {}
  const key = /^eval/i.test(name) ? args[2] : args[0]
  return typeof key === 'string' || Buffer.isBuffer(key) ? String(key) : undefined
}

/** The client's reason and what the diagnosis found. */
export function withFinding(reason: string, found: string | undefined): string {
  return [reason.replace(/\.$/, ''), found].filter(Boolean).join(': ')
}

/** Whether a client's error says by itself why there is no connection. */
export function saysWhy(error: Error | undefined): boolean {
  return /ECONNREFUSED|ENOENT|ENOTFOUND|EHOSTUNREACH|certificate|\b(NO|WRONG)[A-Z]+ /.test(messageOf(error))
}

/** It never left this process, or the server said no to it. */
export function isCertainlyNot(error: unknown): boolean {
  return (
    isRefusedForNow(error) ||
    error === undefined ||
    /isn't writeable|^connect E|^getaddrinfo|ECONNREFUSED|ENOENT|ENOTFOUND|EHOSTUNREACH|All sentinels are unreachable|NOPERM|NOAUTH|WRONGPASS|Failed to refresh slots cache/.test(
      messageOf(error),
    )
  )
}

/** Nothing ran. */
export function isRefusedForNow(error: unknown): boolean {
  return /READONLY|^(LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN)|Cluster isn't ready/.test(messageOf(error))
}

export function isLate(error: unknown): boolean {
  return messageOf(error) === LATE
}

export function isConnectionLost(error: unknown): boolean {
  return (
    (error as Error).name === 'MaxRetriesPerRequestError' ||
    /Connection is closed|isn't writeable|ECONNRESET|EPIPE/.test(messageOf(error))
  )
}

/** Errors of node itself are no `Error` of ours where code runs in a context of its own, as in tests. */
export function messageOf(error: unknown): string {
  return (error as Error | undefined)?.message ?? ''
}

/** As ioredis says it. */
export const LATE = 'Command timed out'
