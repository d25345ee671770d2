import assert from 'node:assert/strict'
import type {
  Acquired,
  Ask,
  Committed,
  Destroyed,
  Expected,
  Found,
  Gone,
  Lease,
  Released,
  Store,
  Tombstone,
  Touch,
  Waiter,
  Write,
} from '../store.ts'
import { isGone } from '../store.ts'

/** Stores that share their records, as several processes would. One world serves one promise. */
export interface World {
  /** The store of process `n`; the same store each time. */
  store(n: number): Store
  /** Lets `ms` pass at once. Leave it out where only real time counts, and the promises wait for it. */
  advance?(ms: number): void | Promise<void>
  /** Ends all stores of this world. */
  close(): Promise<void>
}

/** One promise and how to see it kept. */
export interface Promised {
  name: string
  run: (stage: Stage) => Promise<void>
}

/** Long enough not to end within a test. */
export const LONG = 60_000
/** Short enough to be waited for. */
export const SHORT = 60

/** Longer than a test, and nothing to be read in it. */
export const TOMBSTONE: Tombstone = {
  token: 'web|1|contract-0-tomb.1',
  kind: 'destroyed',
  lasts: LONG,
  readable: 0,
}

/** A world with requests in it. */
export class Stage {
  readonly #world: World
  readonly #processes = new Map<number, Process>()

  constructor(world: World) {
    this.#world = world
  }

  process(n: number): Process {
    const known = this.#processes.get(n)
    if (known) return known
    const process = new Process(this.#world.store(n), n)
    this.#processes.set(n, process)
    return process
  }

  /** A process whose waiters can be woken. */
  async listening(n: number): Promise<Process> {
    const process = this.process(n)
    await process.listen()
    return process
  }

  get store(): Store {
    return this.process(1).store
  }

  /** A record that nobody holds. */
  async record(name: string, data = 'first', over: Partial<Write> = {}): Promise<void> {
    const { outcome } = await this.process(1)
      .caller('POST record')
      .commit(name, data, { mode: 'create', ...over })
    assert.equal(outcome, 'written')
  }

  /** A record and who holds it. */
  async held(name: string, by = this.process(1), over: Partial<Ask> = {}): Promise<Caller> {
    await this.record(name)
    const holder = by.caller('GET holder')
    isGranted(await holder.acquire(name, over))
    return holder
  }

  async read(name: string): Promise<Found | undefined> {
    const read = await this.store.read(name)
    return isGone(read) ? undefined : read
  }

  /** What tells a record from another one of its name, and when its session began. */
  async lifeOf(name: string): Promise<Pick<Found, 'born' | 'created'>> {
    const { born = '', created = 0 } = (await this.read(name)) ?? {}
    assert.ok(born && created)
    return { born, created }
  }

  /** Destroyed, and the tombstone is over too. */
  async destroyed(name: string): Promise<void> {
    assert.equal((await this.store.destroy(name, { ...TOMBSTONE, lasts: SHORT })).existed, true)
    await this.until(async () => (await this.store.read(name)) === undefined)
  }

  /** Lets time pass until `so` answers something, five seconds at most. */
  async until<T>(so: () => Promise<T | undefined | false>): Promise<T> {
    const end = performance.now() + 5000
    for (;;) {
      const seen = await so()
      if (seen !== undefined && seen !== false) return seen
      assert.ok(performance.now() < end, `not so within five seconds: ${so}`)
      await this.#world.advance?.(5)
      await new Promise(resolve => setTimeout(resolve, this.#world.advance ? 0 : 5))
    }
  }
}

/** One store, and the requests that run on it. */
export class Process {
  readonly store: Store
  /** Tokens that were woken, in order. */
  readonly woken: string[] = []
  /** What they were handed, where the message said it. */
  readonly granted = new Map<string, Found>()
  readonly #nonce: string
  readonly #pid: number
  #requests = 0

  constructor(store: Store, n: number) {
    this.store = store
    this.#pid = 1000 + n
    this.#nonce = `contract-${n}-${Math.random().toString(36).slice(2)}`
  }

  listen(): Promise<void> {
    return this.store.listen(this.#nonce, (token, granted) => {
      this.woken.push(token)
      if (granted) this.granted.set(token, granted)
    })
  }

  caller(request = 'GET shop.example/'): Caller {
    this.#requests += 1
    return new Caller(this.store, `web|${this.#pid}|${this.#nonce}.${this.#requests.toString(36)}`, request)
  }

  callers(count: number): Caller[] {
    return Array.from({ length: count }, () => this.caller())
  }
}

/** One request: it remembers what it was told, as the handler would. */
export class Caller {
  readonly store: Store
  readonly token: string
  readonly request: string
  /** By the name of the record. */
  readonly #arrivals = new Map<string, number>()
  #writes = 0
  #born = ''
  #commits = 0

  constructor(store: Store, token: string, request: string) {
    this.store = store
    this.token = token
    this.request = request
  }

  get waiter(): Waiter {
    return { token: this.token, request: this.request, lease: LONG, grant: LONG }
  }

  /** Asks, and the answer is lost on its way. */
  async unheard(name: string, over: Partial<Ask> = {}): Promise<void> {
    await this.store.acquire(name, this.#ask(name, over))
  }

  async acquire(name: string, over: Partial<Ask> = {}): Promise<Acquired> {
    const got = await this.store.acquire(name, this.#ask(name, over))
    if (got.outcome === 'queued') this.#arrivals.set(name, got.arrival)
    if (got.outcome === 'granted') this.#take(got)
    return got
  }

  #ask(name: string, over: Partial<Ask>): Ask {
    return { ...this.waiter, patience: LONG, maxWaiters: 0, ...this.#arrivalAt(name), ...over }
  }

  #take({ writes, born }: Pick<Found, 'writes' | 'born'>): void {
    this.#writes = writes
    this.#born = born
  }

  /** Undefined until it is granted. */
  async granted(name: string, over: Partial<Ask> = {}): Promise<Granted | undefined> {
    const got = await this.acquire(name, over)
    return got.outcome === 'granted' ? got : undefined
  }

  async read(name: string): Promise<void> {
    const read = await this.store.read(name)
    this.#take(read && !isGone(read) ? read : { writes: 0, born: '' })
  }

  async commit(
    name: string,
    data: string | Buffer = 'written',
    over: Partial<Write> = {},
  ): Promise<Committed> {
    const write = this.write(data, over)
    const committed = await this.store.commit(name, write)
    if (committed.outcome === 'written') this.#take({ born: this.#born, ...committed })
    return committed
  }

  /** The next commit, to be sent by hand. */
  write(data: string | Buffer, over: Partial<Write> = {}): Write {
    this.#commits += 1
    return {
      ...this.waiter,
      mode: 'exclusive',
      base: this.#writes,
      born: this.#born,
      number: this.#commits,
      data: Buffer.from(data),
      ttl: LONG,
      absolute: 0,
      created: 0,
      keep: false,
      ...over,
    }
  }

  /** Ends the record if it is as this request knows it. */
  end(name: string, mode: Expected['mode'], over: Partial<Expected> = {}): Promise<Destroyed> {
    const expects = { mode, base: this.#writes, born: this.#born, ...over }
    return this.store.destroy(name, { ...TOMBSTONE, token: this.token, expects })
  }

  release(name: string, touch?: Touch): Promise<Released> {
    return this.store.release(name, { ...this.waiter, ...(touch ? { touch } : {}) })
  }

  leave(name: string): Promise<Released> {
    return this.store.leave(name, { ...this.waiter, ...this.#arrivalAt(name) })
  }

  #arrivalAt(name: string): { arrival?: number } {
    const arrival = this.#arrivals.get(name)
    return arrival === undefined ? {} : { arrival }
  }

  lease(name: string, lease = LONG): Lease {
    return { name, token: this.token, lease }
  }

  /** Its lock lapses from now on: after all that was done before, however long that took. */
  async lapses(name: string): Promise<void> {
    assert.deepEqual(await this.store.renew([this.lease(name, SHORT)]), [{ outcome: 'renewed' }])
  }
}

export type Granted = Extract<Acquired, { outcome: 'granted' }>
export type Queued = Extract<Acquired, { outcome: 'queued' }>

/** As `acquire` answers it for a session that has ended. */
export const GONE: { outcome: 'gone' } & Gone = { outcome: 'gone', gone: 'destroyed', old: undefined }

export function isGranted(got: Acquired): Granted {
  assert.equal(got.outcome, 'granted')
  return got as Granted
}

export function isQueued(got: Acquired): Queued {
  assert.equal(got.outcome, 'queued')
  return got as Queued
}

/** Fails unless `seen` has what `wanted` has; what else it has does not matter. */
export function matches(seen: object, wanted: object): void {
  const of = Object.fromEntries(Object.keys(wanted).map(key => [key, (seen as Record<string, unknown>)[key]]))
  assert.deepEqual(of, wanted)
}

/** Fails unless milliseconds are at most `most`, and at least `least`: what time has passed on a slow machine. */
export function within(ms: number | undefined, least: number, most: number): void {
  assert.ok(ms !== undefined && ms >= least && ms <= most, `${ms} ms is not within ${least} and ${most}`)
}

export async function textOf(store: Store, name: string): Promise<string | undefined> {
  const read = await store.read(name)
  return isGone(read) ? undefined : read?.data?.toString()
}
