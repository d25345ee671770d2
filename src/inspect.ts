import type { Codec } from './codec/codec.ts'
import type { Holder, Inspected } from './store.ts'

/** A session's record, for people. */
export interface InspectedSession {
  key: string
  holder: (Holder & { php: boolean }) | undefined
  /** Requests in the queue, without PHP's. For up to 5 s after a process dies, its waiters are still counted; maxConcurrency ignores them at once. */
  waiters: number
  writes: number
  touches: number
  /** Seconds to live; undefined for ever. */
  ttl: number | undefined
  storedBytes: number
  /** Decompressed; undefined if it cannot be. */
  bytes: number | undefined
  compression: string
  created: Date | undefined
}

export async function inspected(record: Inspected, codec: Codec): Promise<InspectedSession> {
  const data = record.data ?? Buffer.alloc(0)
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
    ...(await codec.describe(data)),
    created: created === 0 ? undefined : new Date(created),
  }
}
