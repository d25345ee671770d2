import { type ErrorCode, SessionError } from './errors.ts'
import type { CurrentOutage } from './outage.ts'
import type { Store } from './store.ts'

/** What a health check answers. It is JSON, and names no server and no session. */
export interface Health {
  /** Sessions can be opened and stored: answer 200, and 503 otherwise. */
  ok: boolean
  /** What a ping of the store found. */
  store: {
    kind: Store['kind']
    /** It answered, though it may have refused. */
    reachable: boolean
    /** Milliseconds of one ping; undefined where it did not answer. */
    latency: number | undefined
    /** Why it is not ok. The log and `ping()` say more. */
    error: ErrorCode | undefined
  }
  /** Requests of this process that hold a lock. */
  holding: number
  /** Requests of this process that wait for one. */
  waiting: number
  /** The outage that lasts now, with its beginning and how many requests were refused. */
  outage: CurrentOutage | undefined
}

/**
 * Asks the store, and never rejects.
 *
 * @param timeout milliseconds after which the store counts as not reachable
 */
export async function storeHealth(store: Store, timeout: number): Promise<Health['store']> {
  const { kind } = store
  const began = performance.now()
  const error = await pinged(store, timeout)
  const reachable = error === undefined || error === 'STORE_REFUSED'
  return { kind, reachable, latency: reachable ? performance.now() - began : undefined, error }
}

async function pinged(store: Store, timeout: number): Promise<ErrorCode | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<ErrorCode>(resolve => {
    timer = setTimeout(resolve, timeout, 'STORE_UNAVAILABLE')
  })
  try {
    return await Promise.race([store.ping().then(() => undefined), late])
  } catch (error) {
    return error instanceof SessionError ? error.code : 'STORE_UNAVAILABLE'
  } finally {
    clearTimeout(timer)
  }
}
