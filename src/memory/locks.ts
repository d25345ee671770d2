import type { Ask, HandedOn, Took, Waiter } from '../store.ts'
import { found, type MemoryRecord, type MemorySpace } from './space.ts'

/** Who holds the records of a space, and who is next: what common.lua is for the scripts. */
export class MemoryLocks {
  readonly #space: MemorySpace

  constructor(space: MemorySpace) {
    this.#space = space
  }

  /** Takes the lock from a holder that is overdue, dead or lapsed; within a process only from one that is named. */
  take(name: string, record: MemoryRecord, ask: Ask): { took?: Took } {
    const { lock } = record
    const from = this.#space.holder(record)
    if (!lock || !from) return {}
    const because = lock.lease <= this.#space.now() ? 'lapsed' : 'broken'
    const named = ask.breaks?.token === lock.token && (ask.breaks.writes ?? record.writes) === record.writes
    const mayLapse = because === 'lapsed' && nonceOf(lock.token) !== nonceOf(ask.token)
    if (!named && !mayLapse) return {}
    record.lock = undefined
    this.wake(lock.token)
    // Its process did not come for the lock: what else it waits for here is passed over until it asks.
    if (lock.untaken) this.#space.mute(name, nonceOf(lock.token), true)
    return { took: { from, because } }
  }

  /** The waiter that a free lock goes to; the asker itself, if it is the first that can hear. Who cannot is taken out. */
  nextFor(name: string, by: Waiter): Waiter | undefined {
    for (const { token, request } of [...this.#space.queue(name)]) {
      const nonce = nonceOf(token)
      if (token !== by.token && nonce !== nonceOf(by.token)) {
        if (this.#space.isMute(name, nonce)) continue
        if (!this.hears(token, by)) {
          this.#space.dequeue(name, token)
          continue
        }
      }
      return { token, request, lease: by.lease, grant: by.grant }
    }
    return undefined
  }

  hears(token: string, by: Waiter): boolean {
    const nonce = nonceOf(token)
    return nonce === nonceOf(by.token) || this.#space.listeners.has(nonce)
  }

  /** True if the new holder lives in the caller's process, which tells it. */
  grant(name: string, record: MemoryRecord, to: Waiter, by: Waiter): boolean {
    const here = nonceOf(to.token) === nonceOf(by.token)
    this.#space.dequeue(name, to.token)
    if (here) this.hold(record, to, by.lease)
    else {
      this.hold(record, to, Math.min(by.grant, by.lease), true)
      const wake = this.#space.listeners.get(nonceOf(to.token))
      if (wake) setImmediate(wake, to.token, found(record))
    }
    return here
  }

  unlock(name: string, record: MemoryRecord, by: Waiter): HandedOn {
    record.lock = undefined
    const next = this.nextFor(name, by)
    if (!next || !this.grant(name, record, next, by)) return {}
    return { next: { token: next.token, found: found(record) } }
  }

  hold(record: MemoryRecord, by: Waiter, lease: number, untaken = false): void {
    const now = this.#space.now()
    const since = record.lock?.token === by.token ? record.lock.since : now
    record.lock = { token: by.token, request: by.request, lease: now + lease, since, untaken }
    record.signed = { token: by.token, request: by.request }
    outlive(record, now, by.lease)
  }

  renew(record: MemoryRecord, lease: number): void {
    const now = this.#space.now()
    if (record.lock) Object.assign(record.lock, { lease: now + lease, untaken: false })
    outlive(record, now, lease)
  }

  /** Later, as a message would come. */
  wake(token: string): void {
    const wake = this.#space.listeners.get(nonceOf(token))
    if (wake) setImmediate(wake, token)
  }
}

/** As in the scripts: a record outlives the requests that work on it, but not its absolute end. */
function outlive(record: MemoryRecord, now: number, lease: number): void {
  record.expires = Math.max(record.expires, Math.min(now + 2 * lease, record.ends))
}

export function nonceOf(token: string): string {
  return token.slice(token.lastIndexOf('|') + 1, token.lastIndexOf('.'))
}
