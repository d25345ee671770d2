import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { loadOptions } from '../../src/config/load.ts'
import type { Data, OptionsInput } from '../../src/index.ts'
import { now } from './history.ts'
import type { Notes, Subject, Visit } from './subject.ts'

/**
 * Sessions after the algorithm of the reference handler, to see the checker find it guilty. Its record is ours; what differs:
 *
 *  1. A lock is a counter. Whoever makes it 1 has it; the others add to it at every poll.
 *  2. Whoever has polled for long enough takes the lock if the holder is the same as at the last poll, each for itself.
 *  3. The holder is `host|pid`: all requests of one process are one.
 *  4. A write asks who holds the lock, and then writes, in two steps; a write that was dropped is told as written.
 *
 * Times are shorter by the same factor as the lab's breakAfter is. `mayTake` is waited for between the look at the holder
 * and the taking of its lock.
 */
export async function reference(
  input: OptionsInput,
  notes: Notes,
  mayTake: MayTake = async () => {},
): Promise<Subject> {
  const { redis, breakAfter } = await loadOptions(input)
  const client = new Redis(redis.url?.replace(/^unix:\/\//, '') ?? '')
  client.on('error', () => {})
  return new Reference(client, breakAfter * 1000, notes, mayTake)
}

type MayTake = (session: string) => Promise<void>

const TOKEN = `${hostname()}|${process.pid}`
const POLLS_BEFORE_BREAK = 60
const KEY = (id: string) => `sess_${id}`

class Reference implements Subject {
  readonly #client: Redis
  readonly #poll: number
  readonly #notes: Notes
  readonly #mayTake: MayTake

  constructor(client: Redis, breakAfter: number, notes: Notes, mayTake: MayTake) {
    this.#client = client
    this.#poll = breakAfter / POLLS_BEFORE_BREAK
    this.#notes = notes
    this.#mayTake = mayTake
  }

  async open(
    id: string,
    { access = 'exclusive', request = '' }: Parameters<Subject['open']>[1],
  ): Promise<Visit> {
    const client = this.#client
    if (access === 'exclusive') {
      if ((await client.exists(KEY(id))) === 0) return new ReferenceVisit(client, id, undefined, 0, false)
      await this.#lock(id, request)
    }
    const [data, writes] = await client.hmget(KEY(id), 'data', 'writes')
    return new ReferenceVisit(client, id, data ?? undefined, Number(writes ?? 0), access === 'exclusive')
  }

  create(id: string): Visit {
    return new ReferenceVisit(this.#client, id, undefined, 0, true)
  }

  async update(id: string, change: (data: Data) => void | Promise<void>, options: object) {
    const visit = await this.open(id, options)
    if (visit.isNew) return { written: false, reason: 'destroyed' } as const
    await change(visit.data)
    return visit.commit()
  }

  async destroy(id: string): Promise<boolean> {
    return (await this.#client.del(KEY(id))) === 1
  }

  async close(): Promise<void> {
    this.#client.disconnect()
  }

  async #lock(id: string, request: string): Promise<void> {
    const key = KEY(id)
    let before: string | null | undefined
    for (let polls = 0; (await this.#client.hincrby(key, 'lock', 1)) !== 1; polls += 1) {
      if (polls >= POLLS_BEFORE_BREAK) {
        const [pid = null, holder = null] = await this.#client.hmget(key, 'pid', 'req')
        if (before !== undefined && before === pid) {
          await this.#mayTake(id)
          this.#notes.took(request, now(), holder ?? '', 'broken')
          break
        }
        before = pid
      }
      await pause(this.#poll)
    }
    await this.#client.hmset(key, { pid: TOKEN, lock: 1, req: request })
    await this.#client.expire(key, LIFETIME)
  }
}

const LIFETIME = 3600

class ReferenceVisit implements Visit {
  readonly #client: Redis
  #id: string
  readonly isNew: boolean
  readonly locked: boolean
  readonly writes: number
  data: Data

  constructor(client: Redis, id: string, data: string | undefined, writes: number, locked: boolean) {
    this.#client = client
    this.#id = id
    this.isNew = data === undefined
    this.locked = locked
    this.writes = writes
    this.data = data === undefined ? {} : JSON.parse(data)
  }

  get id(): string {
    return this.#id
  }

  async commit() {
    const key = KEY(this.#id)
    const holder = await this.#client.hget(key, 'pid')
    if (holder === null || holder === TOKEN) {
      const data = JSON.stringify(this.data)
      await this.#client.hmset(key, { data, lock: 0, pid: TOKEN })
      await this.#client.hincrby(key, 'writes', 1)
      await this.#client.expire(key, LIFETIME)
    }
    return { written: true, writes: this.writes + 1 } as const
  }

  async upgrade(): Promise<boolean> {
    return false
  }

  async release(): Promise<void> {
    if (this.locked) await this.#client.hset(KEY(this.#id), 'lock', 0)
  }

  async destroy(): Promise<void> {
    await this.#client.del(KEY(this.#id))
  }

  async regenerate(): Promise<void> {
    await this.destroy()
    this.#id = randomUUID()
  }
}
