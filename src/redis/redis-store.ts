import { commitId } from '../commit-id.ts'
import { SessionError, storeUnavailable } from '../errors.ts'
import type {
  Acquired, Ask, Committed, Destroyed, Found, Gone, HandedOn, Inspected, Lease, RefusedBecause, Release,
  Released, Renewed, Store, Tombstone, Touch, Waiter, Write,
} from '../store.ts' // biome-ignore format: one glance
import { Connection } from './connection.ts'
import { checkPermissions } from './permissions.ts'
import {
  channelOf, count, endsAt, found, holder, INSPECTED_FIELDS, inspected, isOurs, livingIn, newerVersion, number,
  type Reply, text,
} from './record.ts' // biome-ignore format: one glance
import { acquired, destroyed, gone, nextOf, refuseNewer } from './replies.ts'
import { adopt, type Client, defineTransitions, run, type TextOf, type Transition } from './scripts.ts'
import { sessionKeys } from './session-keys.ts'
import { RedisUserIndex } from './user-index.ts'
import { Wakes } from './wakes.ts'

export interface RedisStoreOptions {
  prefix: string
  /** Turn strings that connect-redis stored into records, when they are first met; false by default. */
  adopt?: boolean | undefined
  /** Milliseconds within which every call answers. */
  commandTimeout: number
  /** For messages, such as `Redis at 127.0.0.1:6379`. */
  server: string
  changed: (up: boolean, cause?: Error) => void
  /** Finds out why the first connection cannot be made; see `diagnose`. */
  diagnose?: (() => Promise<string | undefined>) | undefined
  /** A key for messages; by default as it is. */
  shownKey?: ((key: string) => string) | undefined
  /** For tests: the scripts, in place of our own. */
  textOf?: TextOf | undefined
}

type Args = (string | number | Buffer)[]

/** The record and its lock in Redis. The only issuer of commands. */
export class RedisStore implements Store {
  readonly kind = 'redis'
  readonly users: RedisUserIndex
  readonly #client: Client
  readonly #connection: Connection
  readonly #wakes: Wakes
  readonly #prefix: string
  readonly #channel: string
  readonly #adopts: boolean
  #proven = false
  #proving: Promise<void> | undefined

  constructor(client: Client, options: RedisStoreOptions) {
    this.#client = client
    this.#prefix = options.prefix
    this.#adopts = options.adopt ?? false
    this.#channel = channelOf(options.prefix)
    defineTransitions(client, options.textOf)
    const { server, commandTimeout, changed } = options
    this.#connection = new Connection(client, server, commandTimeout, changed, options)
    this.users = new RedisUserIndex(this.#connection, options.prefix)
    this.#wakes = new Wakes(client, this.#channel)
  }

  async acquire(name: string, ask: Ask): Promise<Acquired> {
    const { patience, maxWaiters, arrival, breaks } = ask
    for (let cursor = '0'; ; ) {
      const reply = await this.#transition('acquire', name, ask, again => [
        patience, maxWaiters, arrival ?? '', breaks?.token ?? '', breaks?.writes ?? '', again || ask.again ? 1 : 0, cursor,
      ]) // biome-ignore format: the order is the script's
      if (text(reply, 0) !== 'more') return acquired(reply)
      cursor = text(reply, 1)
    }
  }

  async read(name: string): Promise<Found | Gone | undefined> {
    const key = this.#key(name)
    const f: Reply = await this.#adopting(key, () =>
      this.#connection.send(c => c.hmgetBuffer(key, ...READ_FIELDS)),
    )
    const state = text(f, 2)
    refuseNewer(newerVersion(state) ?? newerVersion(text(f, 5)))
    const ends = endsAt(state)
    // Only these two need the server's clock.
    if (f[5] || ends > 0) {
      const now = await this.#now()
      if (ends > 0 && ends <= now) return undefined
      if (f[5]) {
        const revived = !isOurs(text(f, 4)) && (f[0] || count(f, 3) > 0)
        if (!revived) return gone(text(f, 5), f[6] ?? undefined, now)
      }
    }
    return f[0] || f[1] || f[3] ? found(f, 0) : undefined
  }

  async commit(name: string, write: Write): Promise<Committed> {
    const { mode, base, born, ttl, absolute, keep, data, created } = write
    const id = commitId(write.token, write.number, write)
    const reply = await this.#transition('commit', name, write, again => [
      mode, base, id, Math.ceil(ttl), absolute, keep ? 1 : 0, again ? 1 : 0, data, born, created, write.claims ? 1 : 0,
    ]) // biome-ignore format: the order is the script's
    if (text(reply, 0) === 'written') {
      if (reply.length === 2) return { outcome: 'written', writes: number(reply, 1) }
      const state = found([data, reply[1] ?? null, reply[2] ?? null], 0)
      const next = text(reply, 3) === '' ? undefined : { token: text(reply, 3), found: state }
      const wake = text(reply, 5)
      return {
        outcome: 'written',
        writes: state.writes,
        ...(born === '' ? { born: state.born, created: state.created } : {}),
        ...(wake === '' ? {} : { wake }),
        ...(await this.#handedOn(name, write, next, text(reply, 4))),
      }
    }
    if (text(reply, 1) === 'unknown') {
      throw storeUnavailable(
        'The connection broke during a commit, and many others have committed since: whether it was written is not known.',
      )
    }
    const by = holder(reply, 2)
    return {
      outcome: 'refused',
      reason: text(reply, 1) as RefusedBecause,
      ...(by ? { holder: by } : {}),
      ...(await this.#handedOn(name, write, nextOf(reply, 5), text(reply, 6))),
    }
  }

  async release(name: string, end: Release): Promise<Released> {
    const { touch } = end
    const args = touch ? [1, Math.ceil(touch.ttl), touch.absolute, touch.interval] : [0, 0, 0, 0]
    return this.#released(name, end, await this.#transition('release', name, end, () => args))
  }

  async leave(name: string, waiter: Waiter): Promise<Released> {
    const args = [waiter.arrival ?? '', '0']
    return this.#released(name, waiter, await this.#transition('leave', name, waiter, () => args))
  }

  renew(leases: readonly Lease[]): Promise<Renewed[]> {
    // Sent in one go: ioredis writes what is issued in one turn of the event loop together.
    return Promise.all(
      leases.map(async ({ name, token, lease, writes }): Promise<Renewed> => {
        try {
          const reply = await this.#transition('renew', name, { token, request: '', lease, grant: 0 }, () => [
            writes ?? '',
          ])
          const outcome = text(reply, 0)
          if (outcome === 'renewed' || outcome === 'destroyed') return { outcome }
          const by = holder(reply, 1)
          return by ? { outcome: 'lost', holder: by } : { outcome: 'lost' }
        } catch (error) {
          return { outcome: 'failed', error }
        }
      }),
    )
  }

  async touch(name: string, { ttl, absolute, interval }: Touch): Promise<'touched' | 'fresh' | 'missing'> {
    const reply = await this.#transition('touch', name, NOBODY, () => [Math.ceil(ttl), absolute, interval])
    return text(reply, 0) as 'touched' | 'fresh' | 'missing'
  }

  async destroy(name: string, tombstone: Tombstone): Promise<Destroyed> {
    const { token, kind, lasts, readable, pointer, expects } = tombstone
    const entomb = (second: boolean) =>
      this.#transition('destroy', name, { ...NOBODY, token }, () => [
        kind, lasts, readable, second ? 1 : 0, expects?.mode ?? '', expects?.base ?? 0, expects?.born ?? '',
        expects?.claims ? 1 : 0, pointer ?? '',
      ]) // biome-ignore format: the order is the script's
    const first = await entomb(false)
    const ended = destroyed(first)
    if (ended.refused) return ended
    for (let more = text(first, 5); more !== ''; ) more = text(await entomb(false), 5)
    // PHP may have looked before the tombstone was there, and sign after it.
    if (text(first, 4) === '1') setTimeout(() => entomb(true).catch(() => {}), PHP_SIGNS_MS).unref()
    return ended
  }

  listen(nonce: string, wake: (token: string, granted?: Found) => void): Promise<void> {
    return this.#wakes.listen(nonce, wake)
  }

  async *names(): AsyncIterable<string> {
    await this.ping()
    for await (const key of sessionKeys(this.#client, this.#connection, this.#prefix, () => this.#now()))
      yield key.slice(this.#prefix.length)
  }

  async inspect(name: string): Promise<Inspected | undefined> {
    const key = this.#key(name)
    const [f, ttl, now] = await Promise.all([
      this.#connection.send(c => c.hmgetBuffer(key, ...INSPECTED_FIELDS)),
      this.#connection.send(c => c.pttl(key)),
      this.#now(),
    ])
    if (ttl === -2) return undefined
    refuseNewer(newerVersion(text(f, 2)) ?? newerVersion(text(f, 8)))
    const seen = inspected(key, f, ttl, now)
    // One by one, while they are not so many that it would hold Redis up.
    if (!seen || seen.waiters === 0 || seen.waiters > MOST_COUNTED) return seen
    const fields = await this.#connection.send(c => c.hgetall(key))
    return { ...seen, waiters: livingIn(fields, now) }
  }

  /** The first that is answered also tells whether the user may do all that sessions will need. */
  async ping(): Promise<void> {
    await this.#connection.ask(c => c.ping(), this.#scriptRefused)
    if (!this.#proven) await this.#prove()
    this.#proven = true
  }

  async close(): Promise<void> {
    this.#wakes.close()
    await this.#connection.close()
  }

  /** A script may not say what it was refused, and a command says only itself. */
  readonly #scriptRefused = (): Promise<void> => this.#prove()

  /** Once for all who ask at the same time. */
  #prove(): Promise<void> {
    this.#proving ??= this.#connection
      .send(c => checkPermissions(c, this.#key('permissions'), this.#channel, this.#adopts))
      .finally(() => {
        this.#proving = undefined
      })
    return this.#proving
  }

  #key(name: string): string {
    return `${this.#prefix}${name}`
  }

  async #now(): Promise<number> {
    const [seconds, micros] = (await this.#connection.send(c => c.time())) as unknown as [string, string]
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
  }

  async #transition(
    name: Transition,
    record: string,
    by: Waiter,
    args: (again: boolean) => Args,
  ): Promise<Reply> {
    const key = this.#key(record)
    const caller = [by.token, by.request, by.lease, Math.min(by.grant, by.lease), this.#channel]
    const reply = await this.#adopting(key, () =>
      this.#connection.send(
        (client, again) => run(client, name, key, [...caller, ...args(again)]),
        this.#scriptRefused,
      ),
    )
    if (text(reply, 0) === 'newer') refuseNewer(text(reply, 1))
    return reply
  }

  /** A key that is no record may be a session from before: then it is made one, and the step done again. */
  async #adopting<T>(key: string, step: () => Promise<T>): Promise<T> {
    if (!this.#adopts) return step()
    try {
      return await step()
    } catch (error) {
      if (!(error instanceof SessionError) || error.code !== 'RECORD_TYPE') throw error
      // Another request may have been faster; what is no session fails as before.
      await this.#connection.send(c => adopt(c, key))
      return step()
    }
  }

  async #released(name: string, by: Waiter, reply: Reply): Promise<Released> {
    const wake = text(reply, 6)
    return {
      outcome: text(reply, 0) as Released['outcome'],
      ...(wake === '' ? {} : { wake }),
      ...(await this.#handedOn(name, by, nextOf(reply, 1), text(reply, 2))),
    }
  }

  /** One step visits so many waiters and no more: where those were dead, the next step goes on from there. */
  async #handedOn(name: string, by: Waiter, next: HandedOn['next'], more: string): Promise<HandedOn> {
    for (let cursor = more; cursor !== '' && !next; ) {
      const reply = await this.#transition('leave', name, by, () => ['0', cursor])
      next = nextOf(reply, 1)
      cursor = text(reply, 2)
    }
    return next ? { next } : {}
  }
}

const READ_FIELDS = ['data', 'writes', 'state', 'lock', 'pid', 'gone', 'old']
const NOBODY: Waiter = { token: '', request: '', lease: 0, grant: 0 }
const PHP_SIGNS_MS = 50
const MOST_COUNTED = 1000
