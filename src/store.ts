import type { Destroyed, Tombstone } from './store/ending.ts'
import type { UserIndex } from './store/user-index.ts'

export type { Destroyed, Expected, NotAsExpected, Tombstone } from './store/ending.ts'

/**
 * The contract between the lock and whatever keeps the records: bytes and fields, never values.
 *
 * PROMISES
 *  1. Each call is one atomic step: it happens whole or not at all.
 *  2. An expected "no" is an outcome. A rejection means that the store itself failed (`SessionError`,
 *     `STORE_UNAVAILABLE`, `STORE_REFUSED`, `RECORD_TYPE` or `RECORD_VERSION`), and says nothing about whether the step happened.
 *  3. Every call may be sent again with the same token and number; the second time changes nothing.
 *  4. `acquire` and `read` never create a record.
 *  5. A record is one unit: it is there as a whole or not at all, its queue of waiters included.
 *  6. A destroyed session leaves a tombstone in its place for as long as asked: until then nothing is stored under its name.
 *
 * Times and durations are in milliseconds, on the store's clock. `name` is a record's name without prefix.
 */
export interface Store {
  /** What keeps the records. */
  readonly kind: 'redis' | 'memory'
  /** Which sessions a user has. */
  readonly users: UserIndex
  /** Takes the lock and reads, or queues. */
  acquire(name: string, ask: Ask): Promise<Acquired>
  /** `gone` as by `acquire`; undefined where there is nothing. */
  read(name: string): Promise<Found | Gone | undefined>
  /** Writes the data and unlocks, or hands the lock on. */
  commit(name: string, write: Write): Promise<Committed>
  /** Unlocks without writing, or hands the lock on. */
  release(name: string, end: Release): Promise<Released>
  /** Takes a waiter out of the queue. */
  leave(name: string, waiter: Waiter): Promise<Released>
  /** Renews leases. The answers are in the order of `leases`. */
  renew(leases: readonly Lease[]): Promise<Renewed[]>
  /** Keeps a record alive. `fresh`: its TTL was long enough. */
  touch(name: string, touch: Touch): Promise<'touched' | 'fresh' | 'missing'>
  /** Ends a session and leaves a tombstone. */
  destroy(name: string, tombstone: Tombstone): Promise<Destroyed>
  /**
   * From now on `wake` hears the token of every request of this process that should look: a waiter that was handed a lock
   * or whose session was destroyed, a holder whose lock was taken. `granted` is what it was handed, where the message says it.
   * An empty token is for all: messages may have been lost.
   */
  listen(nonce: string, wake: (token: string, granted?: Found) => void): Promise<void>
  /** Names of all records, without a lock and without a snapshot: each record that stays is named at least once. */
  names(): AsyncIterable<string>
  /** The record and its lock, unchanged; undefined if there is none. */
  inspect(name: string): Promise<Inspected | undefined>
  /** Rejects if the store does not answer, or lacks rights. */
  ping(): Promise<void>
  /** Disconnects. */
  close(): Promise<void>
}

/** A record as a request needs it. `data` is undefined while a PHP neighbour has locked a session it has not written yet. */
export interface Found {
  /** The payload. */
  data: Buffer | undefined
  /** Commits so far: the version of the data. */
  writes: number
  /** How often it was kept alive without a commit. */
  touches: number
  /** The commit that created the record (`commitId`): another life under the same name has another. Empty where PHP did. */
  born: string
  /** When the session began, 0 where that is not known (PHP). A new id does not begin it anew. */
  created: number
  /** How long the session had had this id when its lock was taken; 0 where nobody holds the lock, and where that is not known. */
  idAge: number
}

/** A tombstone: the session has ended. */
export interface Gone {
  /** `login`: it goes on under another id, which nobody learns from here. `rotated`: under another id, which `old` leads to. */
  gone: 'destroyed' | 'login' | 'rotated'
  /** For a while after a login the data from before, for requests that were under way; after a rotation the pointer. */
  old: Buffer | undefined
}

export function isGone(read: Found | Gone | undefined): read is Gone {
  return read !== undefined && 'gone' in read
}

/** Who holds a lock, or held it last. */
export interface Holder {
  /** `host|pid|nonce.seq`, or `host|pid` of a PHP neighbour. */
  token: string
  /** `METHOD host/path`, without the query string; empty if unknown. */
  request: string
  /** Milliseconds since it got the lock, or undefined where the record does not tell (PHP). */
  heldFor: number | undefined
  /** A former holder: the last one. Others may have held the lock in between. */
  released?: true
  /**
   * Nobody took the lock: a program that takes none has stored the session and reset it, as PHP does with `disable_locking`.
   * `token` and `request` are empty then.
   */
  reset?: true
}

/** A request in the queue. `request` is part of its identity there. */
export interface Waiter {
  /** `host|pid|nonce.seq`. */
  token: string
  /** `METHOD host/path`. */
  request: string
  /** How long the holder is believed alive without a renewal. */
  lease: number
  /** How long a lock handed to another process waits to be taken up; at most `lease`. */
  grant: number
  /** Its number in the queue, from an earlier `queued`: keeps its place, or returns it. */
  arrival?: number
}

/** What `acquire` is asked. */
export interface Ask extends Waiter {
  /** How long this waiter counts as alive after this look. */
  patience: number
  /** It may have been asked before: the answer was not heard. */
  again?: boolean
  /** Refuse to queue behind this many; 0 for no limit. */
  maxWaiters: number
  /**
   * The holder to take the lock from, if it still holds it. `writes` too must be unchanged where it is given. A lapsed lock
   * is taken without, but from another process: one's own knows whether its holder lives, and names it where it does not.
   */
  breaks?: { token: string; writes: number | undefined }
}

/**
 * What `acquire` answers: `missing` there is no record · `gone` its tombstone · `granted` the lock and the record · `queued` it
 * waits; `position` is 0 for the first of `waiters`, and for others at least the number of those ahead · `busy` `maxWaiters` are
 * in the queue
 */
export type Acquired =
  | { outcome: 'missing' }
  | ({ outcome: 'gone' } & Gone)
  | ({ outcome: 'granted'; took?: Took } & Found)
  | ({ outcome: 'queued'; arrival: number; position: number; waiters: number; took?: Took } & Held)
  | { outcome: 'busy'; waiters: number; holder: Holder }

/** The lock that a waiter waits for. */
export interface Held {
  /** Who holds it. */
  holder: Holder
  /**
   * `ours`: one of ours, alive for `leaseLeft` more; of the caller's own process it may have lapsed, by then below 1. `php`: a PHP neighbour, which neither renews nor wakes anybody.
   * `entering`: a PHP neighbour between taking the lock and signing; never to be broken.
   */
  kind: 'ours' | 'php' | 'entering'
  /** Milliseconds until the holder counts as dead unless it renews. */
  leaseLeft: number
  /** The version of the data. */
  writes: number
}

/** This call took the lock from somebody, for itself or for the head of the queue. */
export interface Took {
  /** The former holder. */
  from: Holder
  /** `broken`: the caller asked for it. `lapsed`: the lease had ended. `reset`: a program that takes no locks had ended it. */
  because: 'broken' | 'lapsed' | 'reset'
}

/** What `commit` writes. */
export interface Write {
  /** `host|pid|nonce.seq` of the request. */
  token: string
  /** `METHOD host/path`. */
  request: string
  /**
   * `exclusive` writes if the token holds the lock; `create` if there is no record; `optimistic` if `base` is still the
   * version and nobody holds the lock; `unlocked` if the record exists.
   */
  mode: 'exclusive' | 'create' | 'optimistic' | 'unlocked'
  /** The version that the request read. */
  base: number
  /** The life of the record that the request read; empty when creating. */
  born: string
  /** Counts the commits of this token from 1, so that a commit sent again is known. */
  number: number
  /** The payload. */
  data: Buffer
  /** How long the record lives from now on. */
  ttl: number
  /** The age at which the record ends whatever happens; 0 for never. */
  absolute: number
  /** Creating: when the session began, under another id; 0 for now. */
  created: number
  /**
   * Creating: the session has got a new id, after so many writes and touches under the old one; undefined where it begins. It
   * becomes a part of the commit's id, and so of the record's `born`.
   */
  rung?: number | undefined
  /** Creating: who has logged in, without blanks. It becomes a part of `born` too, so that the record says it to its end. */
  user?: string | undefined
  /**
   * Exclusive: the request began with what a message told, and `renew` has not confirmed it yet. Refused as `lock-lost` where the
   * version is not `base` any more, unless this token's own commit made it.
   */
  claims?: boolean | undefined
  /** Keep (or, creating, take) the lock. */
  keep: boolean
  /** How long the lock, if kept, is believed alive without a renewal. */
  lease: number
  /** How long a lock handed to another process waits to be taken up. */
  grant: number
}

/** What `commit` answers. */
export type Committed =
  /** `born` and `created` are the record's, for a write that came with no `born`: it creates, or PHP began the session. */
  | ({ outcome: 'written'; writes: number; born?: string; created?: number } & HandedOn)
  | ({ outcome: 'refused'; reason: RefusedBecause; holder?: Holder } & HandedOn)

/**
 * `destroyed` the session has ended · `moved` it goes on under another id · `lock-lost` the token lost the lock,
 * whose `holder` may have released it since · `exists` creating · `conflict` optimistic · `out-of-memory` Redis's maxmemory
 */
export type RefusedBecause = 'destroyed' | 'moved' | 'lock-lost' | 'exists' | 'conflict' | 'out-of-memory'

/** The step passed the lock to a waiter of this very process, which may go on with this record and needs no other call. */
export interface HandedOn {
  /** Who has the lock now, and the record that it goes on with. */
  next?: { token: string; found: Found }
  /** Another request of this process that has the lock. An earlier answer that was lost may have said so: it should look. */
  wake?: string
}

/** How a record is kept alive. */
export interface Touch {
  /** How long the record lives from now on. */
  ttl: number
  /** The age at which the record ends whatever happens; 0 for never. */
  absolute: number
  /** Leave a TTL alone that is shorter than `ttl` by less than this. */
  interval: number
}

/** What `release` gives back. */
export interface Release extends Waiter {
  /** Keep the record alive in the same step. */
  touch?: Touch
}

/** What `release` and `leave` answer. */
export type Released = { outcome: 'released' | 'not-held' | 'missing' } & HandedOn

/** A lock to renew. */
export interface Lease {
  /** The record's name. */
  name: string
  /** The holder's token. */
  token: string
  /** How long it is believed alive from now on. */
  lease: number
  /**
   * Coming for a lock that a message told of: the version that the message had. The lock is lost if it is another one by now,
   * unless this token's own commit made it.
   * To be given until the store has answered `renewed`, or a commit was written: a renewal without it takes the lock up
   * whatever the version is.
   */
  writes?: number
}

/** `holder` has the lock now, or is the last that is known to have had it. */
export type Lost = { outcome: 'lost'; holder?: Holder } | { outcome: 'destroyed' }

/** `failed` the store could not say: it says nothing of the other leases. */
export type Renewed = { outcome: 'renewed' } | Lost | { outcome: 'failed'; error: unknown }

/** What `inspect` answers. */
export interface Inspected extends Found {
  /** The key in the store. */
  key: string
  /** Who holds the lock; undefined if it is free. */
  holder: (Holder & { kind: Held['kind']; leaseLeft: number }) | undefined
  /** Ours, in the queue; one that died is counted until a step meets it. `maxWaiters` looks closer. */
  waiters: number
  /** PHP's own count, which drifts when a waiter of theirs dies. */
  phpWaiters: number
  /** Milliseconds to live; undefined when the record never expires. */
  ttl: number | undefined
  /** When the request that committed last got its lock; 0 where that is not known. */
  at?: number | undefined
  /** A program that takes no locks has stored the session while a request of ours held the lock. */
  reset?: true
}
