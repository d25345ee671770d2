import type { Codec } from './codec/codec.ts'
import type { Holder, Inspected } from './store.ts'

/** A session's record, for people. */
export interface InspectedSession {
  /** The key in Redis. */
  key: string
  /** Who holds the lock; `php` if it is a PHP process. undefined if it is free. */
  holder: (Holder & { /** A PHP process. */ php: boolean }) | undefined
  /** Requests in the queue, without PHP's. For up to 5 s after a process dies, its waiters are still counted; maxConcurrency ignores them at once. */
  waiters: number
  /** Commits so far. */
  writes: number
  /** How often it was kept alive without a write. */
  touches: number
  /** Seconds until it expires; undefined if it never does. */
  ttl: number | undefined
  /** Bytes of the data as it is stored. */
  storedBytes: number
  /** Bytes of the data decompressed; undefined if that fails. */
  bytes: number | undefined
  /** The library that compressed the data, or `none`; `unknown` if it cannot be decrypted. */
  compression: string
  /** The id of the key that encrypted the data; undefined for plaintext. */
  encryptedWith: string | undefined
  /** When the session began; undefined if that is not known (PHP). */
  created: Date | undefined
}

export async function inspected(record: Inspected, name: string, codec: Codec): Promise<InspectedSession> {
  const data = record.data ?? Buffer.alloc(0)
  const { compression, encryptedWith, bytes } = await codec.describe(data, name)
  const { key, holder, waiters, writes, touches, ttl, created } = record
  return {
    key,
    holder: holder && {
      token: holder.token,
      request: holder.request,
      heldFor: holder.heldFor,
      php: holder.kind !== 'ours',
    },
    waiters,
    writes,
    touches,
    ttl: ttl === undefined ? undefined : ttl / 1000,
    storedBytes: data.length,
    bytes,
    compression,
    encryptedWith,
    created: created === 0 ? undefined : new Date(created),
  }
}
