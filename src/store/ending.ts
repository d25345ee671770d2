import type { Gone, Holder, RefusedBecause, Write } from '../store.ts'

/** How `destroy` ends a record. */
export interface Tombstone {
  /** Whose act it is; with `expects`, the token that the request has for this record. One token ends a record once. */
  token: string
  /** Whether the session ends, or goes on under another id. */
  kind: Gone['gone']
  /** How long it stands: longer than any request takes. */
  lasts: number
  /** How long `old` can be read by requests that carry the old id; 0 for not at all. */
  readable: number
  /** What `old` answers in place of the data: where the session goes on, sealed. */
  pointer?: Buffer | undefined
  /** End the record only if it is as the request knows it; in any case where it is left out. */
  expects?: Expected | undefined
}

/** The record as a request knows it. */
export interface Expected {
  /** As for a commit. */
  mode: Exclude<Write['mode'], 'create'>
  /** The version that the request read. */
  base: number
  /** The life that the request read. */
  born: string
  /** As for a commit. */
  claims?: boolean | undefined
}

/** What `destroy` answers. */
export interface Destroyed {
  /** Sent again by the same token, it says that the record was there. */
  existed: boolean
  /** The life of the record, where this call ended it: says whose session it was. Left out where it is not known. */
  born?: string
  /** Who held its lock. */
  holder?: Holder
  /** The `pointer` of the tombstone that is there: the session was rotated before, and goes on. Whatever time that could be read for. */
  pointer?: Buffer
  /** Why it was left as it is, where it was not as expected. The lock is left as it is too. */
  refused?: NotAsExpected
}

/** Why `destroy` left a record as it is. */
export type NotAsExpected = Extract<RefusedBecause, 'destroyed' | 'moved' | 'lock-lost' | 'conflict'>
