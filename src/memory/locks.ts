import type { Ask, HandedOn, Took, Waiter } from '../store.ts'
import { found, type MemoryRecord, type MemorySpace } from './space.ts'

/** Who holds the records of a space, and who is next: what common.lua is for the scripts. */
export class MemoryLocks {
  readonly #space: MemorySpace

  constructor(space: MemorySpace) {
    this.#space = space
  }

  /** Takes the lock from a holder that is overdue, dead or lapsed; within a process only from one that is named. */
  take(record: MemoryRecord, ask: Ask): { took?: Took } {
    const { lock } = record
    const from = this.#space.holder(record)
    if (!lock || !from) return {}
    const because = lock.lease <= this.#space.now() ? 'lapsed' : 'broken'
    const named = ask.breaks?.token === lock.token && (ask.breaks.writes ?? record.writes) === record.writes
    const mayLapse = because === 'lapsed' && nonceOf(lock.token) !== nonceOf(ask.token)
    if (!named && !mayLapse) return {}
    record.lock = undefined
    this.wake(lock.token)
    return { took: { from, because } }
  }

  /** The waiter that a free lock goes to; the asker itself, if it is the first that can hear. */
  nextFor(name: string, by: Waiter): Waiter | undefined {
    const next = this.#space.queue(name).find(({ token }) => token === by.token || this.hears(token, by))
    return next && { token: next.token, request: next.request, lease: by.lease, grant: by.grant }
  }

  hears(token: string, by: Waiter): boolean {
    const nonce = nonceOf(token)
    return nonce === nonceOf(by.token) || this.#space.listeners.has(nonce)
  }

  /** True if the new holder lives in the caller's process, which tells it. */
  grant(name: string, record: MemoryRecord, to: Waiter, by: Waiter): boolean {
    const here = nonceOf(to.token) === nonceOf(by.token)
    this.#space.dequeue(name, to.token)
    this.hold(record, to, here ? by.lease : by.grant)
    if (!here) this.wake(to.token)
    return here
  }

  unlock(name: string, record: MemoryRecord, by: Waiter): HandedOn {
    record.lock = undefined
    const next = this.nextFor(name, by)
    if (!next || !this.grant(name, record, next, by)) return {}
    return { next: { token: next.token, found: found(record) } }
  }

  hold(record: MemoryRecord, by: Waiter, lease: number): void {
    const now = this.#space.now()
    const since = record.lock?.token === by.token ? record.lock.since : now
    record.lock = { token: by.token, request: by.request, lease: now + lease, since }
    record.signed = { token: by.token, request: by.request }
    outlive(record, now, by.lease)
  }

  /** Later, as a message would come. */
  wake(token: string): void {
    const wake = this.#space.listeners.get(nonceOf(token))
    if (wake) setImmediate(wake, token)
  }
}

/** As in the scripts: a record outlives whoever works on it, but not its absolute age. */
export function outlive(record: MemoryRecord, now: number, lease: number): void {
  record.expires = Math.max(record.expires, Math.min(now + 2 * lease, record.ends))
}

function nonceOf(token: string): string {
  return token.slice(token.lastIndexOf('|') + 1, token.lastIndexOf('.'))
}

/** The holder, if it is another request of the caller's process: a commit sent again may have handed it the lock. */
export function nextHere(record: MemoryRecord, by: Waiter): HandedOn {
  const token = record.lock?.token
  if (token === undefined || token === by.token || nonceOf(token) !== nonceOf(by.token)) return {}
  return { next: { token, found: found(record) } }
}
