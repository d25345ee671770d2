import type { SessionEvent } from '../../src/events.ts'
import type { LockHandle, Writing } from '../../src/lock/lock-handle.ts'
import { type LockOptions, Locks } from '../../src/lock/locks.ts'
import { createOwner, type Owner } from '../../src/lock/owner.ts'
import { MemoryUserIndex } from '../../src/memory/user-index.ts'
import { Progress } from '../../src/progress.ts'
import type { Acquired, Found, Released, Store } from '../../src/store.ts'

/** A store that answers what a test tells it to, and fails the test where it told nothing. */
export function fakeStore(answers: Partial<Store>): Store {
  const unexpected = (name: string) => async () => {
    throw new Error(`the store was not expected to ${name}`)
  }
  return {
    kind: 'memory',
    acquire: unexpected('acquire'),
    read: unexpected('read'),
    commit: unexpected('commit'),
    release: unexpected('release'),
    leave: unexpected('leave'),
    renew: unexpected('renew'),
    touch: unexpected('touch'),
    destroy: unexpected('destroy'),
    listen: async () => {},
    names: async function* () {},
    inspect: async () => undefined,
    ping: async () => {},
    close: async () => {},
    users: new MemoryUserIndex(new Map(), Date.now),
    ...answers,
  }
}

export const FOUND: Found = {
  data: Buffer.from('{}'),
  writes: 1,
  touches: 0,
  born: 'x.1#1',
  created: 1,
  idAge: 0,
}
export const GRANTED: Acquired = { outcome: 'granted', ...FOUND }
export const REQUEST = { session: 'hash', request: 'GET shop.example/' }
export const OPTIONS: LockOptions = {
  lease: 9000,
  breakAfter: 30_000,
  failAfter: 15_000,
  maxConcurrency: 100,
  maxWaiting: 10,
  giveUp: 'proceed',
  warnAfter: 0,
}
export const WRITE: Writing = {
  mode: 'exclusive',
  base: 1,
  born: FOUND.born,
  data: Buffer.from('{}'),
  ttl: 1000,
  absolute: 0,
  created: 0,
  keep: false,
}

/** What the store does while Redis is away. */
export const down = () => Promise.reject(new Error('Redis is down'))
/** What it does with one that leaves. */
export const released = async (): Promise<Released> => ({ outcome: 'released' })

/** Queued behind a holder of another process. */
export function queued(token = 'web|1|home-start-x.1'): Acquired {
  const holder = { token, request: 'POST shop.example/', heldFor: 10 }
  return {
    outcome: 'queued',
    arrival: 1,
    position: 0,
    waiters: 1,
    holder,
    kind: 'ours',
    leaseLeft: 9000,
    writes: 1,
  }
}

export function locksOn(
  answers: Partial<Store>,
  options: Partial<LockOptions> = {},
  judging: Partial<Owner> = {},
) {
  const events: SessionEvent[] = []
  const tokens: string[] = []
  const real = createOwner()
  const owner: Owner = {
    ...real,
    isDead: () => false,
    isNeighbour: () => false,
    ...judging,
    token: () => {
      const token = real.token()
      tokens.push(token)
      return token
    },
  }
  const locks = new Locks(
    fakeStore(answers),
    owner,
    { ...OPTIONS, ...options },
    event => void events.push(event),
    new Progress(
      () => false,
      () => {},
    ),
  )
  return { locks, events, tokens }
}

/** The lock of a session that nobody else wants. */
export async function handleOf(locks: Locks): Promise<LockHandle> {
  const got = await locks.acquire('name', REQUEST)
  if (got.outcome !== 'granted') throw new Error(got.outcome)
  return got.handle
}

/** A promise and the ways to settle it. */
export function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

/** Lets everything go on that waits for no timer. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 50; i += 1) await Promise.resolve()
}
