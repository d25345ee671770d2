// What node:zlib allocates at a time, for gzip and zstd alike.

const MIN_CHUNK = 64
/** Bytes; smaller chunks would be filled by the thousand when a bomb of a few bytes comes in. */
const MIN_DECOMPRESSED = 1024
const MAX_CHUNK = 1_048_576

/** Bytes. Most sessions shrink by more than half; others take two chunks. */
export function chunkToCompress(data: Buffer): number {
  return Math.max(data.length >> 1, MIN_CHUNK)
}

/** One chunk that fits most sessions whole: a JSON cart shrinks to about a quarter. */
export function decompressing(data: Buffer, limit: number): object {
  return {
    chunkSize: Math.min(Math.max(data.length * 8, MIN_DECOMPRESSED), MAX_CHUNK),
    ...(limit > 0 ? { maxOutputLength: limit } : {}),
  }
}
