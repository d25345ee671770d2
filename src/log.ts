import pino, { type Level, type Logger } from 'pino'
import type { ErrorCode } from './errors.ts'
import type { SessionEvent } from './events.ts'
import { progressLine } from './log/progress.ts'
import { detailOf, ms, RESET, to, who } from './log/words.ts'

export type { Logger }

/** @param to file descriptor: 1 (stdout) by default, 2 for a command whose stdout is for its answer */
export function createLog(level: string, to: 1 | 2 = 1): Logger {
  const options = { name: 'latchkey', level }
  return to === 1 ? pino(options) : pino(options, pino.destination(to))
}

interface Line {
  level: Level
  message: string
}

/** One line for each event: who, since when, and, from `warn` on, what to do. The fields carry the same for machines. */
export function logEvent(log: Logger, event: SessionEvent): void {
  const { level, message } = lineOf(event)
  if (!log.isLevelEnabled(level)) return
  const { error, ...fields } = { error: undefined, ...event }
  log[level](error === undefined ? fields : { ...fields, err: error }, message)
}

function lineOf(event: SessionEvent): Line {
  switch (event.event) {
    case 'lock-waited':
      return {
        level: 'debug',
        message: `waited ${ms(event.waited)} for the lock, first held by ${who(event.holder)}`,
      }
    case 'lock-slow':
      return {
        level: 'warn',
        message: `has waited ${ms(event.waited)} for the lock of ${who(event.holder)} and is still waiting. Make that request faster, or open its session readonly. If it calls this one over HTTP, both wait for each other`,
      }
    case 'lock-broken':
      return event.because === 'dead'
        ? {
            level: 'warn',
            message: `broke the lock of ${who(event.holder)}: its process is dead. Check why it exited`,
          }
        : {
            level: 'warn',
            message: `broke the lock of ${who(event.holder)}, watched for ${ms(event.watched)}. What that request has not written is lost. Make that request faster, or raise breakAfter`,
          }
    case 'unlocked-by-hand':
      return {
        level: 'warn',
        message: `broke the lock of ${who(event.holder)} by hand (${event.request}). What that request has not written is lost. Find out why it held the lock for so long`,
      }
    case 'ended-by-hand':
      return {
        level: 'warn',
        message: `ended the session by hand (${event.request}). The visitor gets a new session`,
      }
    case 'lock-lapsed':
      return {
        level: 'warn',
        message: `took over the lapsed lock of ${who(event.holder)}: its process died, or its event loop was blocked for a whole lease. Check why it exited, or find the code that blocks it`,
      }
    case 'lock-reset':
      return {
        level: 'error',
        message: `found the lock of ${who(event.holder)} reset: ${RESET}, or each side overwrites the other`,
      }
    case 'lock-given-up':
      return {
        level: 'error',
        message: `gave up after waiting ${ms(event.waited)} for the lock of ${who(event.holder)}; ${event.giveUp === 'throw' ? 'the visitor is told to try again' : 'the request continues, and its changes will not be written'}. Make the holder's request faster, or raise failAfter`,
      }
    case 'lock-lost':
      return event.because === 'destroyed'
        ? {
            level: 'warn',
            message: `the session was destroyed or expired after ${ms(event.heldFor)} under this request's lock; changes of this request will not be written. Nothing to do after a logout; otherwise raise the lifetimes`,
          }
        : {
            level: 'error',
            message: event.holder?.reset
              ? `lost the lock after ${ms(event.heldFor)}; changes of this request will not be written: ${RESET}`
              : `lost the lock after ${ms(event.heldFor)}${to(event.holder)}; changes of this request will not be written. Make this request faster, or raise breakAfter`,
          }
    case 'session-abandoned':
      return {
        level: 'error',
        message: `a session was never committed, released or destroyed; its lock was released after ${ms(event.heldFor)}. Call commit(), release() or destroy() on every path`,
      }
    case 'concurrency-exceeded':
      return {
        level: 'warn',
        message:
          event.limit === 'session'
            ? `refused: ${event.waiters} requests wait for this session, held by ${who(event.holder)}. That request is slow, this is an attack, or maxConcurrency is too low`
            : `refused: ${event.waiters} requests of this process wait for sessions. Redis or the application is slow, or maxWaiting is too low`,
      }
    case 'wait-aborted':
      return {
        level: 'debug',
        message: `the client left after waiting ${ms(event.waited)} for the lock`,
      }
    case 'commit-refused':
      return refusal(event)
    case 'changed-too-late':
      return {
        level: 'error',
        message:
          'the session was changed after the response had ended, and the change is lost. Change it earlier, or call save() after the change',
      }
    case 'conflict-retried':
      return {
        level: 'debug',
        message: `another request committed first or holds the lock (${who(event.holder)}): trying again`,
      }
    case 'store-failed':
      return failure(event)
    case 'record-unreadable':
      return {
        level: 'error',
        message: `cannot read the record (${event.bytes} bytes): ${event.why}. The visitor got a new session; the record is left to expire. Give every process the same ${event.keyId === undefined ? 'compressors' : 'encryption.keys'}, and check that no other program writes this key`,
      }
    case 'old-id-used':
      return {
        level: 'warn',
        message:
          'received a session id that was rotated away, after its grace; opened a new session. Nothing to do for one that was idle; many of them may be an id that leaked',
      }
    case 'id-malformed':
      return { level: 'debug', message: 'received a malformed session id; opened a new session' }
    case 'compression-failed':
      return {
        level: 'error',
        message: `${event.compression} failed (${event.why}); the session was stored uncompressed. Check that library, or set compression to another one`,
      }
    case 'compression-unavailable':
      return {
        level: 'error',
        message: `${event.why}. Until then every session is stored uncompressed`,
      }
    case 'option-doubtful':
      return { level: 'warn', message: event.why }
    case 'login':
      return { level: 'debug', message: `user ${event.user} has logged in` }
    case 'limit-reached':
      return {
        level: 'info',
        message: `user ${event.user} has ${event.max} sessions, as many as allowed: ${event.ended > 0 ? `ended the oldest (${event.ended})` : 'the login was refused'}`,
      }
    case 'ended-everywhere':
      return { level: 'info', message: `ended all sessions of user ${event.user} (${event.count})` }
    case 'ended-session-met':
      return {
        level: 'info',
        message: `the session has ended with all sessions of user ${event.user}; opened a new session`,
      }
    case 'bot':
      return { level: 'debug', message: 'bot detected' }
    case 'store-down':
      return {
        level: 'error',
        message: `the store is not available (${event.why}); requests are answered 503 until it is back. Check that Redis runs, and that this host reaches it`,
      }
    case 'store-up':
      return {
        level: 'info',
        message: `the store is available again after ${ms(event.lasted)}; ${refusedRequests(event.refused)}`,
      }
    case 'wakes-unheard':
      return {
        level: 'warn',
        message: `cannot subscribe to wake-ups (${event.why}); polling every 100 ms instead. Check the channel permissions of the Redis user`,
      }
    case 'session-opened':
    case 'lock-acquired':
    case 'lock-released':
    case 'session-committed':
    case 'session-created':
    case 'session-regenerated':
    case 'session-rotated':
    case 'session-destroyed':
    case 'store-answered':
      return { level: 'trace', message: progressLine(event) }
  }
}

/** The application's own listener threw. The event itself is not affected. */
export function logThrown(log: Logger, { event }: SessionEvent, error: unknown): void {
  log.error({ event, err: error }, `onEvent threw on ${event}; handle errors inside onEvent`)
}

function refusal({ reason, holder, why }: Extract<SessionEvent, { event: 'commit-refused' }>): Line {
  const because = why === undefined ? '' : ` (${why})`
  switch (reason) {
    case 'lock-lost':
      return {
        level: 'error',
        message: holder?.reset
          ? `not written: ${RESET}`
          : `not written: the lock was lost${to(holder)}. Make this request faster, or raise breakAfter`,
      }
    case 'not-locked':
      return {
        level: 'error',
        message:
          'not written: this request does not hold the lock. Commit once, or commit with keep until the last time',
      }
    case 'destroyed':
      return {
        level: 'warn',
        message:
          'not written: the session was destroyed or expired meanwhile. Nothing to do after a logout; otherwise raise the lifetimes',
      }
    case 'moved':
      return {
        level: 'info',
        message:
          'not written: the session has a new id, for the visitor has logged in meanwhile, or it was rotated',
      }
    case 'conflict':
      return {
        level: 'warn',
        message: `not written: another request committed first or holds the lock (${who(holder)}). Use update(), or open the session with the lock`,
      }
    case 'exists':
      return {
        level: 'error',
        message: 'not written: a session with this new id exists already. Check that genid is random enough',
      }
    case 'read-only':
      return {
        level: 'warn',
        message:
          'not written: the session was opened read-only. Call upgrade() before the change, or open it with the lock',
      }
    case 'bot':
      return { level: 'debug', message: 'not written: bots leave no record (botAccess)' }
    case 'too-large':
      return {
        level: 'error',
        message: `not written: the session is larger than maxSize${because}. Keep less in it, or raise maxSize`,
      }
    case 'unserializable':
      return {
        level: 'error',
        message: `not written: the session's data cannot be serialized${because}. Keep nothing in it but plain values, arrays and objects`,
      }
    case 'out-of-memory':
      return {
        level: 'error',
        message: 'not written: Redis is out of memory. Raise its maxmemory, or shorten lifetimes',
      }
    case 'empty':
      return { level: 'debug', message: 'not written: a new session without data' }
  }
}

type StoreFailed = Extract<SessionEvent, { event: 'store-failed' }>

/** In an outage, a request that changed nothing is one of many: the line of the outage's end counts them. */
function failure({ during, error, outage }: StoreFailed): Line {
  const opens = during === 'open'
  const lasts = error.mayHaveHappened ? ' and may or may not have taken effect' : ' and had no effect'
  const what = opens ? 'the session could not be opened' : `${during} failed${lasts}`
  const level = outage && (opens || !error.mayHaveHappened) ? 'debug' : 'error'
  return { level, message: `${what}: ${detailOf(error)}. ${REMEDIES[error.code] ?? ''}`.trim() }
}

/** What a message does not say by itself. */
const REMEDIES: Partial<Record<ErrorCode, string>> = {
  STORE_UNAVAILABLE: 'Check that Redis runs, and that this host reaches it',
  STORE_REFUSED: 'Check the name, the password and the permissions of the Redis user',
}

function refusedRequests(count: number): string {
  if (count === 0) return 'no request was refused'
  return count === 1 ? '1 request was refused' : `${count} requests were refused`
}
