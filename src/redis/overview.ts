import type { Redis } from 'ioredis'
import type { Gone, Inspected } from '../store.ts'
import type { Connection } from './connection.ts'
import {
  INSPECTED_FIELDS,
  inspected,
  isOurs,
  livingIn,
  newerVersion,
  patternOf,
  type Reply,
  text,
  tombstoneOf,
  USER_INDEX,
  writtenAt,
} from './record.ts'
import { masters, pagesOfKeys } from './scan.ts'
import { type Client, head } from './scripts.ts'

/**
 * Looks at all keys under a prefix, for a person.
 *
 * PROMISES  1. Commands that only read, SCAN in small batches: never KEYS.
 *           2. After each batch it pauses for as long as it waited for Redis, so that Redis works for others half of the time
 *              at least. Its own work on the replies is such a pause already.
 *           3. No snapshot: a key that stays is met at least once, and one that comes or goes meanwhile may be missed.
 */
export class Overview {
  readonly #client: Client
  readonly #connection: Connection
  readonly prefix: string

  constructor(client: Client, connection: Connection, prefix: string) {
    this.#client = client
    this.#connection = connection
    this.prefix = prefix
  }

  /** The same for another prefix. */
  under(prefix: string): Overview {
    return new Overview(this.#client, this.#connection, prefix)
  }

  /** Keys of all masters, whatever their prefix: what `names` has to go through. 0 without the right to DBSIZE. */
  async size(): Promise<number> {
    // A cluster's nodes are known once it is connected.
    await this.now()
    const sizes = await Promise.all(this.nodes().map(node => node.dbsize().catch(() => 0)))
    return sizes.reduce((sum, size) => sum + size, 0)
  }

  /**
   * Names, without the prefix, in batches.
   *
   * @param begin what the names begin with
   * @param seen hears how many keys SCAN has gone through, about
   */
  async *names(begin = '', seen: (keys: number) => void = () => {}): AsyncIterable<string[]> {
    const pattern = patternOf(`${this.prefix}${begin}`)
    await this.now()
    let through = 0
    let begun = performance.eventLoopUtilization()
    for await (const keys of pagesOfKeys(this.#client, this.#connection, pattern, BATCH)) {
      const names = keys.map(key => key.slice(this.prefix.length))
      if (names.length > 0) yield names.filter(name => !name.startsWith(USER_INDEX))
      through += BATCH
      seen(through)
      const waited = performance.eventLoopUtilization(begun).idle
      await new Promise(resolve => setTimeout(resolve, waited))
      begun = performance.eventLoopUtilization()
    }
  }

  /** What is stored under each name, without its data. */
  async glance(names: readonly string[]): Promise<Glance[]> {
    const now = await this.now()
    return this.#connection.send(() => Promise.all(names.map(name => this.#glance(name, now))))
  }

  /** The server's clock, in ms. */
  async now(): Promise<number> {
    const [seconds, micros] = (await this.#connection.send(c => c.time())) as unknown as [string, string]
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
  }

  /** The data of one key as it is stored; undefined where it has none. */
  async payload(name: string): Promise<Buffer | undefined> {
    const key = `${this.prefix}${name}`
    const text = (error: unknown) => {
      if (isWrongType(error)) return this.#client.getBuffer(key)
      throw error
    }
    return (await this.#connection.send(c => c.hgetBuffer(key, 'data').catch(text))) ?? undefined
  }

  /** How the data of each begins: so many bytes. */
  async heads(names: readonly string[], bytes: number): Promise<Buffer[]> {
    const all = () => Promise.all(names.map(name => head(this.#client, `${this.prefix}${name}`, bytes)))
    return this.#connection.send(all)
  }

  /** Bytes that Redis needs for a key; undefined without a right to ask. */
  async memory(name: string): Promise<number | undefined> {
    const usage = this.#client.memory('USAGE', `${this.prefix}${name}`, 'SAMPLES', 0)
    return (await usage.catch(() => null)) ?? undefined
  }

  async #glance(name: string, now: number): Promise<Glance> {
    const key = `${this.prefix}${name}`
    const [fields, bytes, left] = await Promise.all([
      this.#client.hmgetBuffer(key, ...FIELDS).catch(wrongType),
      this.#client.hstrlen(key, 'data').catch(wrongType),
      this.#client.pttl(key),
    ])
    const ttl = left < 0 ? undefined : left
    if (left === -2) return { name, kind: 'missing', bytes: 0, ttl }
    if (fields === undefined || bytes === undefined) return this.#noHash(name, key, ttl)
    const f: Reply = [bytes > 0 ? SOME : null, ...fields]
    const state = text(f, 2)
    if (newerVersion(state) !== undefined) return { name, kind: 'newer', bytes, ttl }
    const found = inspected(key, f, left, now)
    if (found) {
      if (bytes === 0 && !fields.some(field => field !== null)) return { name, kind: 'other', bytes, ttl }
      const written = writtenAt(state)
      const kind = state === '' && !isOurs(text(f, 4)) ? 'php' : 'node'
      const waiters = found.waiters === 0 ? 0 : await this.#living(key, now)
      const session = { ...found, waiters }
      return { name, kind, bytes, ttl, session, written: written === 0 ? undefined : now - written }
    }
    const tombstone = text(f, 8)
    if (tombstone === '') return { name, kind: 'ended', bytes, ttl }
    return { name, kind: 'ended', bytes: 0, ttl, ended: tombstoneOf(tombstone).kind }
  }

  /** Waiters whose time is not over: those of a dead process stay in the record until a step meets them. */
  async #living(key: string, now: number): Promise<number> {
    const fields = (await this.#client.hkeys(key))
      .filter(field => field.startsWith('w:'))
      .slice(0, MOST_COUNTED)
    if (fields.length === 0) return 0
    const waiters = await this.#client.hmget(key, ...fields)
    return livingIn(Object.fromEntries(fields.map((field, n) => [field, waiters[n] ?? ''])), now)
  }

  async #noHash(name: string, key: string, ttl: number | undefined): Promise<Glance> {
    // GETRANGE of anything but a text is refused. So it is, with STRLEN, without the right to it: then this is not a session.
    const text = [this.#client.strlen(key), this.#client.getrange(key, 0, 9)] as const
    const [bytes, begin] = await Promise.all(text).catch(() => [0, ''] as const)
    return { name, kind: begin === '{"cookie":' ? 'connect-redis' : 'other', bytes, ttl }
  }

  /** The servers that hold the keys: each master of a cluster. */
  nodes(): Redis[] {
    return masters(this.#client)
  }
}

/**
 * What a key is. `node` a record of ours · `php` a record of PHP, which no Node process has written yet · `connect-redis` a
 * session as connect-redis stores it · `ended` a tombstone, or a record past its end · `newer` a record of a newer version of
 * this library · `other` another program's · `missing` it has gone meanwhile
 */
export interface Glance {
  name: string
  kind: 'node' | 'php' | 'connect-redis' | 'ended' | 'newer' | 'other' | 'missing'
  /** Stored bytes of the data. */
  bytes: number
  /** Milliseconds to live; undefined for ever. */
  ttl: number | undefined
  /** Without its data; for `node` and `php`. */
  session?: Inspected
  /** Milliseconds since the request that wrote last got its lock; undefined where that is not known. */
  written?: number | undefined
  ended?: Gone['gone']
}

/** Keys of one SCAN. */
const BATCH = 200
/** Waiters of one session that are counted one by one. */
const MOST_COUNTED = 1000
const FIELDS = INSPECTED_FIELDS.slice(1)
const SOME = Buffer.from(' ')

function wrongType(error: unknown): undefined {
  if (!isWrongType(error)) throw error
}

function isWrongType(error: unknown): boolean {
  return /WRONGTYPE/.test(String(error))
}
