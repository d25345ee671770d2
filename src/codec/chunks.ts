// How much node:zlib allocates at a time, for gzip and zstd alike: what fits most sessions whole.

const MIN_COMPRESSED = 64
/** Bytes; smaller chunks would be filled by the thousand when a bomb of a few bytes comes in. */
const MIN_DECOMPRESSED = 1024
const MAX_DECOMPRESSED = 1_048_576

/** Most sessions shrink by more than half; others take two chunks. */
export function compressedChunk(data: Buffer): number {
  return Math.max(data.length >> 1, MIN_COMPRESSED)
}

/** A JSON cart shrinks to about a quarter. */
export function decompressing(data: Buffer, limit: number): object {
  return {
    chunkSize: Math.min(Math.max(data.length * 8, MIN_DECOMPRESSED), MAX_DECOMPRESSED),
    ...(limit > 0 ? { maxOutputLength: limit } : {}),
  }
}
