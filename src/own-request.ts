import { AsyncLocalStorage } from 'node:async_hooks'
import { selfWait } from './errors.ts'

/** The session that the running request has open. */
export interface OpenSession {
  readonly request: string
  /** Whether it holds the lock of this record. */
  holds(name: string, of: object): boolean
}

const running = new AsyncLocalStorage<() => OpenSession | undefined>()

/** Runs a handler as the request that has this session open: inside, that request cannot wait for its own lock. */
export function asRequestOf<T>(session: () => OpenSession | undefined, handler: () => T): T {
  return running.run(session, handler)
}

/**
 * A request that waits for a lock that it holds would wait until its own lock is broken.
 *
 * @param of whose record it is: the handler
 * @throws {SessionError} `SELF_WAIT`
 */
export function refuseSelfWait(name: string, request: string, of: object): void {
  const own = running.getStore()?.()
  if (own?.holds(name, of)) throw selfWait(request, own.request)
}
