import type { Codec } from '../codec/codec.ts'
import type { Decoded } from '../codec/serializer.ts'
import type { Emit } from '../events.ts'
import type { Lifetimes, Visitor } from '../lifetime.ts'
import type { LockHandle } from '../lock/lock-handle.ts'
import type { Acquisition, Locks } from '../lock/locks.ts'
import type { Wait } from '../lock/waiting.ts'
import type { Outage } from '../outage.ts'
import type { Progress } from '../progress.ts'
import type { Found, Store } from '../store.ts'
import type { Users } from '../users/users.ts'
import type { Mode } from './outcome.ts'
import type { Running } from './running.ts'

/** What a session needs of its handler. */
export interface Surroundings {
  readonly store: Store
  readonly codec: Codec
  readonly lifetimes: Lifetimes
  /** Those of sessions whose user has logged in. */
  readonly authenticated: Lifetimes
  readonly users: Users
  /** Milliseconds after which a session gets a new id; 0 for never. */
  readonly rotateAfter: number
  readonly emit: Emit
  readonly progress: Progress
  readonly outage: Outage
  readonly running: Running
  readonly locks: Locks
  /** The most that a visitor is given: the lock, but for bots and where locking is off. */
  most(bot: boolean): Mode
  /** An id, a new one by default, with its record's name and hash. */
  identity(id?: string): Identity
  /** A handle without the lock. */
  handleFor(identity: Identity, request: string): LockHandle
  /** The lock of a session that is open without it, and the identity that it has by now. */
  upgrade(identity: Identity, request: string, wait: Wait): Promise<{ got: Acquisition; identity: Identity }>
  /** Undefined for what cannot be read. */
  decode(found: Found, identity: Identity, request: string): Promise<Decoded | undefined>
}

export interface Identity {
  id: string
  name: string
  hash: string
}

export interface Opened {
  identity: Identity
  decoded: Decoded
  mode: Mode
  handle: LockHandle
  /** What was read; undefined for a session that is not stored yet. */
  found: Found | undefined
  visitor: Omit<Visitor, 'rung'>
  request: string
  wait: Wait
}
