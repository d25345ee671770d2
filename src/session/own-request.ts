import { AsyncLocalStorage } from 'node:async_hooks'
import { selfWait } from '../errors.ts'

/** The session that the running request has open. */
export interface OpenSession {
  readonly request: string
  /** Whether it holds the lock of this record. */
  holds(name: string, of: object): boolean
}

/** Undefined while it is not open yet; null once its request has ended. */
type Opened = () => OpenSession | undefined | null

/** A request, and the one that it is a part of. */
interface Running {
  opened: Opened
  outer: Running | undefined
}

const running = new AsyncLocalStorage<Running>()

/** Runs a handler as the request that has this session open: inside, that request cannot wait for its own lock. */
export function asRequestOf<T>(opened: Opened, handler: () => T): T {
  let outer = running.getStore()
  // What a request has left behind may begin others for ever: it keeps none of those that have ended.
  while (outer && outer.opened() === null) outer = outer.outer
  return running.run({ opened, outer }, handler)
}

/**
 * A request that waits for a lock that it holds would wait until its own lock is broken.
 *
 * @param of whose record it is: the handler
 * @throws {SessionError} `SELF_WAIT`
 */
export function refuseSelfWait(name: string, request: string, of: object): void {
  for (let own = running.getStore(); own; own = own.outer) {
    const session = own.opened()
    if (session?.holds(name, of)) throw selfWait(request, session.request)
  }
}
