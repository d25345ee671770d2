import { commitId } from '../commit-id.ts'
import type {
  Acquired, Ask, Committed, Destroyed, Found, Gone, Inspected, Lease, RefusedBecause, Release, Released, Renewed, Store,
  Tombstone, Took, Touch, Waiter, Write,
} from '../store.ts' // biome-ignore format: one glance
import { isInTheWay, notAsExpected, wroteLast } from './expected.ts'
import { MemoryLocks, nonceOf } from './locks.ts'
import { found, type MemoryRecord, MemorySpace } from './space.ts'
import { MemoryUserIndex } from './user-index.ts'

/**
 * The store contract in this process's memory: for development, for users' tests, and as the model that the Redis store
 * is held against. Sessions end with the process. Each method runs to its end in one turn of the event loop, which is what
 * makes it one step.
 */
export class MemoryStore implements Store {
  readonly kind = 'memory'
  readonly users: MemoryUserIndex
  readonly #space: MemorySpace
  readonly #locks: MemoryLocks
  #nonce: string | undefined

  constructor(space: MemorySpace = new MemorySpace()) {
    this.#space = space
    this.#locks = new MemoryLocks(space)
    this.users = new MemoryUserIndex(space.users, space.now)
  }

  async acquire(name: string, ask: Ask): Promise<Acquired> {
    const space = this.#space
    space.sweep()
    const record = space.get(name)
    if (!record) {
      space.dequeue(name, ask.token)
      const gone = space.tombstone(name)
      return gone ? { outcome: 'gone', ...gone } : { outcome: 'missing' }
    }
    space.mute(name, nonceOf(ask.token), false)
    if (record.lock?.token === ask.token) {
      space.dequeue(name, ask.token)
      this.#locks.renew(record, ask.lease)
      return { outcome: 'granted', ...found(record) }
    }
    const taken = this.#locks.take(name, record, ask)
    if (!record.lock) {
      // Taken out as nobody heard it, it comes back to its place.
      if (ask.arrival !== undefined && space.queue(name).length > 0) this.#place(name, ask)
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

  async read(name: string): Promise<Found | Gone | undefined> {
    const record = this.#space.get(name)
    return record ? found(record) : this.#space.tombstone(name)
  }

  async commit(name: string, write: Write): Promise<Committed> {
    const space = this.#space
    const record = space.get(name)
    const id = commitId(write.token, write.number, write)
    if (record?.ids.includes(id))
      return { outcome: 'written', ...known(record, write), ...writtenBefore(record, write) }
    const refused = this.#refuse(name, record, write)
    if (refused) return refused
    const now = space.now()
    const created = record?.created || write.created || now
    // Only the lapsed holder of another process lets an optimistic commit pass, and loses its lock.
    const lapsed = write.mode === 'optimistic' ? record?.lock : undefined
    const mine = !lapsed && record?.lock?.token === write.token
    const at = mine && record.lock ? record.lock.since : now
    const recent = record && at - record.at > RECENT_MS ? record.ids.slice(0, 1) : (record?.ids ?? [])
    const written: MemoryRecord = {
      data: write.data,
      writes: (record?.writes ?? 0) + 1,
      touches: record?.touches ?? 0,
      created,
      named: record?.named ?? now,
      ends: write.absolute > 0 ? created + write.absolute : Number.POSITIVE_INFINITY,
      ids: [id, ...recent].slice(0, MOST_IDS),
      at,
      born: record?.born ?? id,
      lock: lapsed ? undefined : record?.lock,
      signed: record?.signed,
      expires: now + limit(write.ttl, created, write.absolute, now),
    }
    space.records.set(name, written)
    if (!record) space.tombstones.delete(name)
    if (lapsed) this.#locks.wake(lapsed.token)
    if (write.keep && (mine || write.mode === 'create')) this.#locks.hold(written, write, write.lease)
    const freed = (mine && !write.keep) || lapsed !== undefined
    return {
      outcome: 'written',
      writes: written.writes,
      ...known(written, write),
      ...(freed ? this.#locks.unlock(name, written, write) : {}),
    }
  }

  async release(name: string, end: Release): Promise<Released> {
    const record = this.#space.get(name)
    if (!record) return { outcome: 'missing' }
    if (record.lock?.token !== end.token) return { outcome: 'not-held', ...neighbour(record, end.token) }
    if (end.touch) this.#touch(record, end.touch)
    return { outcome: 'released', ...this.#locks.unlock(name, record, end) }
  }

  async leave(name: string, waiter: Waiter): Promise<Released> {
    this.#space.dequeue(name, waiter.token)
    return this.release(name, waiter)
  }

  async renew(leases: readonly Lease[]): Promise<Renewed[]> {
    return leases.map(({ name, token, lease, writes }): Renewed => {
      const record = this.#space.get(name)
      if (!record) return { outcome: 'destroyed' }
      if (record.lock?.token !== token) {
        const holder = this.#space.taker(record, token)
        return holder ? { outcome: 'lost', holder } : { outcome: 'lost' }
      }
      if (writes !== undefined && writes !== record.writes && !wroteLast(record, token))
        return { outcome: 'lost' }
      this.#locks.renew(record, lease)
      return { outcome: 'renewed' }
    })
  }

  async touch(name: string, touch: Touch): Promise<'touched' | 'fresh' | 'missing'> {
    const record = this.#space.get(name)
    if (!record) return 'missing'
    return this.#touch(record, touch) ? 'touched' : 'fresh'
  }

  async destroy(name: string, tombstone: Tombstone): Promise<Destroyed> {
    const { token, kind, lasts, readable, pointer, expects } = tombstone
    const space = this.#space
    const record = space.get(name)
    const gone = record ? undefined : space.tombstone(name)
    if (gone && space.tombstones.get(name)?.token === token) return { existed: true }
    const refused = expects && notAsExpected(space, record, gone, token, expects)
    if (refused) return refused
    const holder = record && space.holder(record)
    if (holder && holder.token !== token) this.#locks.wake(holder.token)
    for (const waiter of space.queue(name)) this.#locks.wake(waiter.token)
    space.removeQueue(name)
    if (!record) {
      const on = gone?.gone === 'rotated' ? space.tombstones.get(name)?.old : undefined
      return on ? { existed: false, pointer: on } : { existed: false }
    }
    const now = space.now()
    space.records.delete(name)
    const old = pointer ?? (readable > 0 ? record.data : undefined)
    space.tombstones.set(name, { gone: kind, old, until: now + lasts, readableUntil: now + readable, token })
    return { existed: true, born: record.born, ...(holder ? { holder } : {}) }
  }

  async listen(nonce: string, wake: (token: string, granted?: Found) => void): Promise<void> {
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
      at: record.at,
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
      if (ask.arrival === undefined && ask.maxWaiters > 0) {
        if (space.queue(name).length >= ask.maxWaiters) {
          for (const { token } of space.queue(name))
            if (!this.#locks.hears(token, ask)) space.dequeue(name, token)
        }
        const waiters = space.queue(name).length
        if (waiters >= ask.maxWaiters) return { outcome: 'busy', waiters, holder }
      }
      queued = this.#place(name, ask)
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

  #place(name: string, { token, request, patience, arrival }: Ask) {
    const known = this.#space.queue(name).find(waiter => waiter.token === token)
    const deadline = this.#space.now() + patience
    return known ?? this.#space.enqueue(name, { token, request, deadline }, arrival)
  }

  #refuse(name: string, record: MemoryRecord | undefined, write: Write): Committed | undefined {
    const { mode, token, base, born } = write
    const gone = record ? undefined : this.#space.tombstone(name)
    if (mode === 'create') {
      const { created, absolute } = write
      const over = created > 0 && absolute > 0 && created + absolute <= this.#space.now()
      if (gone || (over && !record)) return { outcome: 'refused', reason: 'destroyed' }
      return record && this.#refusal('exists', record)
    }
    if (!record)
      return { outcome: 'refused', reason: gone && gone.gone !== 'destroyed' ? 'moved' : 'destroyed' }
    // As in commit.lua.
    if (mode === 'exclusive' && record.lock?.token === token) {
      const another = born !== '' && record.born !== born
      const stale = write.claims && record.writes !== base && !wroteLast(record, token)
      if (!another && !stale) return undefined
      const reason = another ? 'destroyed' : 'lock-lost'
      return { outcome: 'refused', reason, ...this.#locks.unlock(name, record, write) }
    }
    const another = record.born !== born && (born !== '' || record.writes === base)
    if (another) return this.#refusal('destroyed', record)
    if (mode === 'exclusive') return this.#refusal('lock-lost', record, this.#space.taker(record, token))
    if (mode !== 'optimistic') return undefined
    const held = isInTheWay(this.#space, record.lock, token)
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

/** For a write that did not know the record. */
function known({ born, created }: MemoryRecord, write: Write): { born?: string; created?: number } {
  return write.born === '' ? { born, created } : {}
}

/** Sent again: the holder of now, in the same process, has newer data and looks for itself. */
function writtenBefore(
  record: MemoryRecord,
  { mode, base, token }: Write,
): { writes: number; wake?: string } {
  const writes = mode === 'unlocked' ? record.writes : mode === 'create' ? 1 : base + 1
  return { writes, ...neighbour(record, token) }
}

/** Another request of this process that has the lock. */
function neighbour({ lock }: MemoryRecord, token: string): { wake?: string } {
  if (!lock || lock.token === token || nonceOf(lock.token) !== nonceOf(token)) return {}
  return { wake: lock.token }
}

// As in common.lua.
const RECENT_MS = 10_000
const MOST_IDS = 32

function limit(ttl: number, created: number, absolute: number, now: number): number {
  return Math.max(absolute > 0 ? Math.min(ttl, created + absolute - now) : ttl, 1)
}
