import type { Found, Gone, Holder } from '../store.ts'
import type { MemoryUser } from './user-index.ts'

/** A session as Redis would keep it; scripts/common.lua has the fields. Absent fields are undefined. */
export interface MemoryRecord {
  data: Buffer
  writes: number
  touches: number
  created: number
  /** Since when the session has this id. */
  named: number
  /** The absolute end, as a time; Infinity for none. */
  ends: number
  /** The latest commits, newest first, and the one that created the record. */
  ids: readonly string[]
  /** When the holder that committed last got its lock. */
  at: number
  born: string
  lock: MemoryLock | undefined
  /** The request that has the lock, or had it last. */
  signed: { token: string; request: string } | undefined
  expires: number
}

export interface MemoryLock {
  token: string
  request: string
  lease: number
  since: number
  /** Granted to another process, which has not come for it yet. */
  untaken: boolean
}

export interface MemoryTombstone extends Gone {
  /** The request that destroyed it. */
  token: string
  until: number
  readableUntil: number
}

interface Queued {
  token: string
  request: string
  arrival: number
  deadline: number
}

interface Queue {
  /** In order of arrival. */
  waiters: Queued[]
  /** Processes that let a grant lapse. */
  mute: Set<string>
}

/** What the next holder goes on with. */
export function found({ data, writes, touches, born, created, named, lock }: MemoryRecord): Found {
  const idAge = lock ? Math.max(lock.since - named, 0) : 0
  return { data, writes, touches, born, created, idAge }
}

/** What the stores of one or more "processes" share: the part that Redis is for the other store. */
export class MemorySpace {
  readonly records = new Map<string, MemoryRecord>()
  readonly tombstones = new Map<string, MemoryTombstone>()
  readonly users = new Map<string, MemoryUser>()
  readonly listeners = new Map<string, (token: string, granted?: Found) => void>()
  readonly now: () => number
  readonly #queues = new Map<string, Queue>()
  #arrivals = 0
  #swept = 0

  constructor(now: () => number = Date.now) {
    this.now = now
  }

  get(name: string): MemoryRecord | undefined {
    const record = this.records.get(name)
    if (!record || Math.min(record.expires, record.ends) > this.now()) return record
    this.records.delete(name)
    this.#queues.delete(name)
    return undefined
  }

  tombstone(name: string): Gone | undefined {
    const tombstone = this.tombstones.get(name)
    if (!tombstone) return undefined
    const now = this.now()
    if (tombstone.until <= now) {
      this.tombstones.delete(name)
      return undefined
    }
    return { gone: tombstone.gone, old: tombstone.readableUntil > now ? tombstone.old : undefined }
  }

  /** Those whose time is not over. */
  queue(name: string): Queued[] {
    const queue = this.#queues.get(name)
    if (!queue) return []
    const now = this.now()
    queue.waiters = queue.waiters.filter(waiter => waiter.deadline > now)
    if (queue.waiters.length === 0) this.#queues.delete(name)
    return queue.waiters
  }

  enqueue(name: string, waiter: Omit<Queued, 'arrival'>, arrival = ++this.#arrivals): Queued {
    const queued = { ...waiter, arrival }
    const queue = this.#queues.get(name) ?? { waiters: [], mute: new Set<string>() }
    queue.waiters = [...queue.waiters, queued].sort((a, b) => a.arrival - b.arrival)
    this.#queues.set(name, queue)
    return queued
  }

  dequeue(name: string, token: string): void {
    const queue = this.#queues.get(name)
    if (!queue) return
    queue.waiters = queue.waiters.filter(waiter => waiter.token !== token)
    if (queue.waiters.length === 0) this.#queues.delete(name)
  }

  removeQueue(name: string): void {
    this.#queues.delete(name)
  }

  isMute(name: string, nonce: string): boolean {
    return this.#queues.get(name)?.mute.has(nonce) ?? false
  }

  mute(name: string, nonce: string, mute: boolean): void {
    if (mute) this.#queues.get(name)?.mute.add(nonce)
    else this.#queues.get(name)?.mute.delete(nonce)
  }

  /** Expired records are found when they are asked for; the others go here, a full sweep now and then. */
  sweep(): void {
    const now = this.now()
    if (now - this.#swept < SWEEP_MS) return
    this.#swept = now
    for (const name of [...this.records.keys()]) this.get(name)
    for (const name of [...this.tombstones.keys()]) this.tombstone(name)
  }

  /** The request that took the lock from `me`, as far as is known. */
  taker(record: MemoryRecord, me: string): Holder | undefined {
    const { lock, signed } = record
    if (lock || !signed || signed.token === me) return this.holder(record)
    return { ...signed, heldFor: undefined, released: true }
  }

  holder(record: MemoryRecord): Holder | undefined {
    const { lock } = record
    return lock && { token: lock.token, request: lock.request, heldFor: Math.max(this.now() - lock.since, 0) }
  }
}

const SWEEP_MS = 60_000
