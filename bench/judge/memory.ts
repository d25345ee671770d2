/**
 * What a session needs in Redis, as measured on Redis 7.0 with jemalloc: `used_memory` of thousands of records that the
 * handler wrote twice, divided by their number; one that was written once takes 70 to 100 bytes less. A payload occupies its size
 * class, and the rest is the same for each record: key, hash table, the other fields, and the entries among the keys and the
 * expiring keys. test/faults/bench/derived.test.ts measures it again.
 */
export const RECORD_OVERHEAD = 761

/** Beside what MEMORY USAGE says of one key: its entry among the expiring keys, and its share of the tables. */
export const OUTSIDE_OF_USAGE = 125

/** Bytes. */
export function memoryOf(payload: number, overhead = RECORD_OVERHEAD): number {
  return overhead + sizeClass(withHeader(payload))
}

/** A text of Redis (sds) with its header and final zero. */
function withHeader(bytes: number): number {
  const header = bytes < 256 ? 3 : bytes < 65_536 ? 5 : 9
  return bytes + header + 1
}

/** What jemalloc hands out for a request: four sizes for each doubling, steps of 16 bytes at the bottom. */
export function sizeClass(bytes: number): number {
  if (bytes <= 8) return 8
  if (bytes <= 128) return Math.ceil(bytes / 16) * 16
  const step = 2 ** (Math.ceil(Math.log2(bytes)) - 3)
  return Math.ceil(bytes / step) * step
}
