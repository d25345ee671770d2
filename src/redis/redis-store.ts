import type { Redis } from 'ioredis'
import { storeUnavailable } from '../errors.ts'
import type {
  Acquired, Ask, Committed, Destroyed, Found, HandedOn, Held, Inspected, Lease, RefusedBecause, Release, Released, Renewed,
  Store, Touch, Waiter, Write,
} from '../store.ts' // biome-ignore format: one glance
import { isCluster } from './client.ts'
import { Connection } from './connection.ts'
import {
  channelOf,
  found,
  holder,
  INSPECTED_FIELDS,
  inspected,
  isWaiter,
  keysOf,
  number,
  patternOf,
  type Reply,
  text,
  took,
  whoever,
} from './record.ts'
import { proveRights } from './rights.ts'
import { type Client, defineTransitions, run, type Transition } from './scripts.ts'
import { Wakes } from './wakes.ts'

export interface RedisStoreOptions {
  prefix: string
  /** Milliseconds within which every call answers. */
  patience: number
  /** For messages, such as `Redis at 127.0.0.1:6379`. */
  server: string
  changed: (up: boolean, cause?: Error) => void
}

type Args = (string | number | Buffer)[]

/** The record and its lock in Redis. The only issuer of commands. */
export class RedisStore implements Store {
  readonly kind = 'redis'
  readonly #client: Client
  readonly #connection: Connection
  readonly #wakes: Wakes
  readonly #prefix: string
  readonly #channel: string
  #proven = false
  #proving: Promise<void> | undefined

  constructor(client: Client, options: RedisStoreOptions) {
    this.#client = client
    this.#prefix = options.prefix
    this.#channel = channelOf(options.prefix)
    defineTransitions(client)
    this.#connection = new Connection(client, options.server, options.patience, options.changed)
    this.#wakes = new Wakes(client, this.#channel)
  }

  async acquire(name: string, ask: Ask): Promise<Acquired> {
    const { patience, maxWaiters, arrival, breaks } = ask
    const args = [patience, maxWaiters, arrival ?? '', breaks?.token ?? '', breaks?.writes ?? '']
    return acquired(await this.#transition('acquire', name, ask, () => args))
  }

  async read(name: string): Promise<Found | undefined> {
    const [key] = keysOf(this.#prefix, name)
    const f: Reply = await this.#connection.send(c => c.hmgetBuffer(key, ...FOUND_FIELDS, 'lock'))
    return f[0] || f[1] || f[4] ? found(f, 0) : undefined
  }

  async commit(name: string, write: Write): Promise<Committed> {
    const { mode, base, born, number: nth, ttl, absolute, keep, data } = write
    const reply = await this.#transition('commit', name, write, again => [
      mode, base, nth, Math.ceil(ttl), absolute, keep ? 1 : 0, again ? 1 : 0, data, born,
    ]) // biome-ignore format: the order is the script's
    if (text(reply, 0) === 'written') {
      const writes = number(reply, 1)
      const next = text(reply, 2)
      if (next === '') return { outcome: 'written', writes }
      const found = { data, writes, touches: number(reply, 3), born: text(reply, 4) }
      return { outcome: 'written', writes, next: { token: next, found } }
    }
    if (text(reply, 1) === 'unknown') {
      throw storeUnavailable(
        'The connection broke during a commit, and others have committed since: whether it was written is not known.',
      )
    }
    const by = holder(reply, 2)
    return {
      outcome: 'refused',
      reason: text(reply, 1) as RefusedBecause,
      ...(by ? { holder: by } : {}),
      ...handedOn(reply, 5),
    }
  }

  async release(name: string, end: Release): Promise<Released> {
    const { touch } = end
    const args = touch ? [1, Math.ceil(touch.ttl), touch.absolute, touch.interval] : [0, 0, 0, 0]
    return released(await this.#transition('release', name, end, () => args))
  }

  async leave(name: string, waiter: Waiter): Promise<Released> {
    return released(await this.#transition('leave', name, waiter, () => []))
  }

  renew(leases: readonly Lease[]): Promise<Renewed[]> {
    // Sent in one go: ioredis writes what is issued in one turn of the event loop together.
    return Promise.all(
      leases.map(async ({ name, token, lease }): Promise<Renewed> => {
        const reply = await this.#transition('renew', name, { token, request: '', lease, grant: 0 }, () => [])
        const outcome = text(reply, 0)
        if (outcome === 'renewed' || outcome === 'destroyed') return { outcome }
        const by = holder(reply, 1)
        return by ? { outcome: 'lost', holder: by } : { outcome: 'lost' }
      }),
    )
  }

  async touch(name: string, { ttl, absolute, interval }: Touch): Promise<'touched' | 'fresh' | 'missing'> {
    const reply = await this.#transition('touch', name, NOBODY, () => [Math.ceil(ttl), absolute, interval])
    return text(reply, 0) as 'touched' | 'fresh' | 'missing'
  }

  async destroy(name: string): Promise<Destroyed> {
    const reply = await this.#transition('destroy', name, NOBODY, () => [])
    const by = holder(reply, 1)
    return by ? { existed: text(reply, 0) === '1', holder: by } : { existed: text(reply, 0) === '1' }
  }

  listen(nonce: string, wake: (token: string) => void): Promise<void> {
    return this.#wakes.listen(nonce, wake)
  }

  async *names(): AsyncIterable<string> {
    const pattern = patternOf(this.#prefix)
    const nodes: Redis[] = isCluster(this.#client) ? this.#client.nodes('master') : [this.#client]
    await this.ping()
    for (const node of nodes) {
      let cursor = '0'
      do {
        const [next, keys] = await this.#connection.send(() =>
          node.scan(cursor, 'MATCH', pattern, 'COUNT', 500),
        )
        cursor = next
        for (const key of keys) yield key.slice(this.#prefix.length)
      } while (cursor !== '0')
    }
  }

  async inspect(name: string): Promise<Inspected | undefined> {
    const [key, , deadlines] = keysOf(this.#prefix, name)
    const [f, ttl, time] = await this.#connection.send(c =>
      Promise.all([c.hmgetBuffer(key, ...INSPECTED_FIELDS), c.pttl(key), c.time()] as const),
    )
    if (ttl === -2) return undefined
    const [seconds, micros] = time as unknown as [string, string]
    const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
    const alive = await this.#connection.send(c => c.zrangebyscore(deadlines, `(${now}`, '+inf'))
    return inspected(key, f, ttl, alive.filter(isWaiter).length, now)
  }

  /** The first that is answered also tells whether the user may do all that sessions will need. */
  async ping(): Promise<void> {
    await this.#connection.send(c => c.ping())
    if (!this.#proven) await this.#prove()
    this.#proven = true
  }

  async close(): Promise<void> {
    this.#wakes.close()
    await this.#connection.close()
  }

  /** A script may not say what it was refused. */
  readonly #scriptRefused = (): Promise<void> => this.#prove()

  /** Once for all who ask at the same time. */
  #prove(): Promise<void> {
    this.#proving ??= this.#connection
      .send(c => proveRights(c, keysOf(this.#prefix, 'rights'), this.#channel))
      .finally(() => {
        this.#proving = undefined
      })
    return this.#proving
  }

  #transition(name: Transition, record: string, by: Waiter, args: (again: boolean) => Args): Promise<Reply> {
    const keys = keysOf(this.#prefix, record)
    const caller = [by.token, by.request, by.lease, by.grant, this.#channel]
    return this.#connection.send(
      (client, again) => run(client, name, keys, [...caller, ...args(again)]),
      this.#scriptRefused,
    )
  }
}

const FOUND_FIELDS = ['data', 'writes', 'touches', 'born']
const NOBODY: Waiter = { token: '', request: '', lease: 0, grant: 0 }

function acquired(reply: Reply): Acquired {
  const outcome = text(reply, 0)
  if (outcome === 'granted') return { outcome, ...found(reply, 1), ...took(reply, 5) }
  if (outcome === 'busy') return { outcome, waiters: number(reply, 1), holder: whoever(reply, 2) }
  if (outcome !== 'queued') return { outcome: 'missing' }
  return {
    outcome,
    arrival: number(reply, 1),
    position: number(reply, 2),
    waiters: number(reply, 3),
    holder: whoever(reply, 4),
    kind: kindOf(text(reply, 7)),
    leaseLeft: number(reply, 8),
    writes: number(reply, 9),
    ...took(reply, 10),
  }
}

function kindOf(state: string): Held['kind'] {
  return state === 'php' || state === 'entering' ? state : 'ours'
}

function released(reply: Reply): Released {
  return { outcome: text(reply, 0) as Released['outcome'], ...handedOn(reply, 1) }
}

function handedOn(reply: Reply, at: number): HandedOn {
  const token = text(reply, at)
  return token === '' ? {} : { next: { token, found: found(reply, at + 1) } }
}
