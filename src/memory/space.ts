import type { Found, Holder } from '../store.ts'

/** A record as Redis would keep it; see PROTOCOL for the fields. Absent fields are undefined. */
export interface MemoryRecord {
  data: Buffer
  writes: number
  touches: number
  created: number
  /** The absolute age, as a time; Infinity for none. */
  ends: number
  /** The last commit, and the one that created the record. */
  last: string
  born: string
  lock: { token: string; request: string; lease: number; since: number } | undefined
  /** Whoever has the lock or had it last. */
  signed: { token: string; request: string } | undefined
  expires: number
}

interface Queued {
  token: string
  request: string
  arrival: number
  deadline: number
}

/** What the next holder goes on with. */
export function found({ data, writes, touches, born }: MemoryRecord): Found {
  return { data, writes, touches, born }
}

/** What the stores of one or more "processes" share: the part that Redis is for the other store. */
export class MemorySpace {
  readonly records = new Map<string, MemoryRecord>()
  /** In order of arrival. */
  readonly queues = new Map<string, Queued[]>()
  readonly listeners = new Map<string, (token: string) => void>()
  readonly now: () => number
  #arrivals = 0
  #swept = 0

  constructor(now: () => number = Date.now) {
    this.now = now
  }

  get(name: string): MemoryRecord | undefined {
    const record = this.records.get(name)
    if (!record || record.expires > this.now()) return record
    this.remove(name)
    return undefined
  }

  remove(name: string): void {
    this.records.delete(name)
    this.queues.delete(name)
  }

  /** The live waiters of a record. Those who stopped looking are dead and gone. */
  queue(name: string): Queued[] {
    const now = this.now()
    const queue = (this.queues.get(name) ?? []).filter(waiter => waiter.deadline > now)
    if (queue.length === 0) this.queues.delete(name)
    else this.queues.set(name, queue)
    return queue
  }

  enqueue(name: string, waiter: Omit<Queued, 'arrival'>, arrival = ++this.#arrivals): Queued {
    const queued = { ...waiter, arrival }
    const queue = [...this.queue(name), queued].sort((a, b) => a.arrival - b.arrival)
    this.queues.set(name, queue)
    return queued
  }

  dequeue(name: string, token: string): void {
    const queue = this.queue(name).filter(waiter => waiter.token !== token)
    if (queue.length === 0) this.queues.delete(name)
    else this.queues.set(name, queue)
  }

  /** Expired records are found when somebody asks for them; those nobody asks for go here, a full sweep now and then. */
  sweep(): void {
    const now = this.now()
    if (now - this.#swept < SWEEP_MS) return
    this.#swept = now
    for (const name of [...this.records.keys()]) this.get(name)
  }

  /** Whoever took the lock from `me`, as far as is known. */
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
