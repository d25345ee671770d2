import type {
  Acquired, Ask, Committed, Destroyed, Found, Inspected, Lease, RefusedBecause, Release, Released, Renewed, Store, Took, Touch,
  Waiter, Write,
} from '../store.ts' // biome-ignore format: one glance
import { commitId } from '../store.ts'
import { MemoryLocks, nextHere, outlive } from './locks.ts'
import { found, type MemoryRecord, MemorySpace } from './space.ts'

/**
 * The store contract in this process's memory: for development, for users' tests, and as the model that the Redis store
 * is held against. Sessions end with the process. Each method runs to its end in one turn of the event loop, which is what
 * makes it one step.
 */
export class MemoryStore implements Store {
  readonly kind = 'memory'
  readonly #space: MemorySpace
  readonly #locks: MemoryLocks
  #nonce: string | undefined

  constructor(space: MemorySpace = new MemorySpace()) {
    this.#space = space
    this.#locks = new MemoryLocks(space)
  }

  async acquire(name: string, ask: Ask): Promise<Acquired> {
    const space = this.#space
    space.sweep()
    const record = space.get(name)
    if (!record) return { outcome: 'missing' }
    const now = space.now()
    if (record.lock?.token === ask.token) {
      record.lock.lease = now + ask.lease
      outlive(record, now, ask.lease)
      return { outcome: 'granted', ...found(record) }
    }
    const taken = this.#locks.take(record, ask)
    if (!record.lock) {
      const next = this.#locks.nextFor(name, ask)
      if (!next || next.token === ask.token) {
        space.dequeue(name, ask.token)
        this.#locks.hold(record, ask, ask.lease)
        return { outcome: 'granted', ...found(record), ...taken }
      }
      this.#locks.grant(name, record, next, ask)
    }
    return this.#enqueue(name, record, ask, taken)
  }

  async read(name: string): Promise<Found | undefined> {
    const record = this.#space.get(name)
    return record && found(record)
  }

  async commit(name: string, write: Write): Promise<Committed> {
    const space = this.#space
    const record = space.get(name)
    const id = commitId(write.token, write.number)
    if (record && record.last === id) {
      return { outcome: 'written', writes: record.writes, ...nextHere(record, write) }
    }
    const refused = this.#refuse(name, record, write)
    if (refused) return refused
    const now = space.now()
    const created = record?.created ?? now
    // Only a holder that has lapsed lets an optimistic commit pass, and loses its lock, the caller itself included.
    const lapsed = write.mode === 'optimistic' && record?.lock !== undefined
    const mine = !lapsed && record?.lock?.token === write.token
    const written: MemoryRecord = {
      data: write.data,
      writes: (record?.writes ?? 0) + 1,
      touches: record?.touches ?? 0,
      created,
      ends: write.absolute > 0 ? created + write.absolute : Number.POSITIVE_INFINITY,
      last: id,
      born: record?.born ?? id,
      lock: write.mode === 'exclusive' || write.mode === 'unlocked' ? record?.lock : undefined,
      signed: record?.signed,
      expires: now + limit(write.ttl, created, write.absolute, now),
    }
    space.records.set(name, written)
    if (lapsed && record?.lock) this.#locks.wake(record.lock.token)
    if (write.keep && (mine || write.mode === 'create')) this.#locks.hold(written, write, write.lease)
    const freed = (mine && !write.keep) || lapsed
    return {
      outcome: 'written',
      writes: written.writes,
      ...(freed ? this.#locks.unlock(name, written, write) : {}),
    }
  }

  async release(name: string, end: Release): Promise<Released> {
    const record = this.#space.get(name)
    if (!record) return { outcome: 'missing' }
    if (record.lock?.token !== end.token) return { outcome: 'not-held' }
    if (end.touch) this.#touch(record, end.touch)
    return { outcome: 'released', ...this.#locks.unlock(name, record, end) }
  }

  async leave(name: string, waiter: Waiter): Promise<Released> {
    this.#space.dequeue(name, waiter.token)
    return this.release(name, waiter)
  }

  async renew(leases: readonly Lease[]): Promise<Renewed[]> {
    const now = this.#space.now()
    return leases.map(({ name, token, lease }): Renewed => {
      const record = this.#space.get(name)
      if (!record) return { outcome: 'destroyed' }
      if (record.lock?.token !== token) {
        const holder = this.#space.taker(record, token)
        return holder ? { outcome: 'lost', holder } : { outcome: 'lost' }
      }
      record.lock.lease = now + lease
      outlive(record, now, lease)
      return { outcome: 'renewed' }
    })
  }

  async touch(name: string, touch: Touch): Promise<'touched' | 'fresh' | 'missing'> {
    const record = this.#space.get(name)
    if (!record) return 'missing'
    return this.#touch(record, touch) ? 'touched' : 'fresh'
  }

  async destroy(name: string): Promise<Destroyed> {
    const record = this.#space.get(name)
    const queue = this.#space.queue(name)
    this.#space.remove(name)
    for (const { token } of queue) this.#locks.wake(token)
    const holder = record && this.#space.holder(record)
    if (holder) this.#locks.wake(holder.token)
    return holder ? { existed: true, holder } : { existed: record !== undefined }
  }

  async listen(nonce: string, wake: (token: string) => void): Promise<void> {
    this.#nonce = nonce
    this.#space.listeners.set(nonce, wake)
  }

  async *names(): AsyncIterable<string> {
    for (const name of [...this.#space.records.keys()]) if (this.#space.get(name)) yield name
  }

  async inspect(name: string): Promise<Inspected | undefined> {
    const record = this.#space.get(name)
    if (!record) return undefined
    const now = this.#space.now()
    const holder = this.#space.holder(record)
    return {
      key: name,
      ...found(record),
      holder: holder && { ...holder, kind: 'ours', leaseLeft: (record.lock?.lease ?? now) - now },
      waiters: this.#space.queue(name).length,
      phpWaiters: 0,
      ttl: record.expires - now,
      created: record.created,
    }
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {
    if (this.#nonce !== undefined) this.#space.listeners.delete(this.#nonce)
  }

  #enqueue(name: string, record: MemoryRecord, ask: Ask, taken: { took?: Took }): Acquired {
    const space = this.#space
    const now = space.now()
    const holder = space.holder(record) ?? { token: '', request: '', heldFor: undefined }
    let queued = space.queue(name).find(waiter => waiter.token === ask.token)
    if (!queued) {
      const live = space.queue(name).filter(waiter => this.#locks.hears(waiter.token, ask))
      if (ask.arrival === undefined && ask.maxWaiters > 0 && live.length >= ask.maxWaiters) {
        return { outcome: 'busy', waiters: live.length, holder }
      }
      const waiter = { token: ask.token, request: ask.request, deadline: now + ask.patience }
      queued = space.enqueue(name, waiter, ask.arrival)
    }
    queued.deadline = now + ask.patience
    const queue = space.queue(name)
    return {
      outcome: 'queued',
      arrival: queued.arrival,
      position: queue.indexOf(queued),
      waiters: queue.length,
      holder,
      kind: 'ours',
      leaseLeft: (record.lock?.lease ?? now) - now,
      writes: record.writes,
      ...taken,
    }
  }

  #refuse(name: string, record: MemoryRecord | undefined, write: Write): Committed | undefined {
    const { mode, token, base, born } = write
    if (mode === 'create') return record && this.#refusal('exists', record)
    if (!record) return { outcome: 'refused', reason: 'destroyed' }
    // As in commit.lua.
    if (mode === 'exclusive' && record.lock?.token === token) {
      if (born === '' || record.born === born) return undefined
      return { outcome: 'refused', reason: 'destroyed', ...this.#locks.unlock(name, record, write) }
    }
    const another = record.born !== born && (born !== '' || record.writes === base)
    if (another) return this.#refusal('destroyed', record)
    if (mode === 'exclusive') return this.#refusal('taken', record, this.#space.taker(record, token))
    if (mode !== 'optimistic') return undefined
    const held = record.lock !== undefined && record.lock.lease > this.#space.now()
    return record.writes !== base || held ? this.#refusal('conflict', record) : undefined
  }

  #refusal(reason: RefusedBecause, record: MemoryRecord, holder = this.#space.holder(record)): Committed {
    return holder ? { outcome: 'refused', reason, holder } : { outcome: 'refused', reason }
  }

  #touch(record: MemoryRecord, touch: Touch): boolean {
    const now = this.#space.now()
    const left = record.expires - now
    const ttl = limit(touch.ttl, record.created, touch.absolute, now)
    if (left >= ttl || (touch.interval > 0 && left > ttl - touch.interval)) return false
    record.expires = now + ttl
    record.touches += 1
    return true
  }
}

function limit(ttl: number, created: number, absolute: number, now: number): number {
  return Math.max(absolute > 0 ? Math.min(ttl, created + absolute - now) : ttl, 1)
}
