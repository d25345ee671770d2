import { promisify } from 'node:util'
import { deflate, deflateSync, inflate, inflateSync } from 'node:zlib'
import { compressedChunk, decompressing } from './chunks.ts'
import type { Compressor } from './compressor.ts'

const FASTEST = 1
/** Binary logarithms. zlib cannot do 8. */
const MIN_WINDOW = 9
const MAX_WINDOW = 15

/**
 * Bytes of the slowest text that take a millisecond, by the highest level that is that fast. At levels 1 and 2 that is text
 * which hardly shrinks (16 ns a byte); from level 3 on it is random text of two letters, or runs of one letter broken by others,
 * as nearly every place begins a match and zlib tries them all: 35, 50 and 120 ns a byte at levels 3, 5 and 6, and 300 at level
 * 9, at these sizes; more than 1000 at 32 KB. Measured on Node 20 to 26 with 150 kinds of text (alphabets of 2 to 256, periods
 * of 2 to 4000 with faults, runs, words, Markov sources), the least of 26 runs of each: 0.8 to 1.2 ms for the slowest, where a
 * cart takes 0.04 to 0.3. What waits on the loop for the other thread costs 0.05 ms, and the whole takes 0.15 ms longer.
 */
const MILLISECOND: [level: number, bytes: number][] = [
  [2, 65_536],
  [4, 28_672],
  [5, 16_384],
  [6, 8192],
  [7, 6144],
  [9, 3584],
]

/** Bytes that inflate to 100 to 600 KB, at 1.7 to 9 ns for each of them; the densest inflate to 4 MB in 1.3 ms. */
const INFLATE_FROM = 98_304

const deflateOff = promisify<Buffer, object, Buffer>(deflate)
const inflateOff = promisify<Buffer, object, Buffer>(inflate)

/** A zlib stream (RFC 1950), which is what PHP's gzcompress makes and the reference calls gzip. */
export const gzip: Compressor = {
  name: 'gzip',
  tag: ':gz:',
  levels: { min: 1, max: 9, default: FASTEST },
  compress: (data, level) =>
    (data.length < compressFrom(level) ? deflateSync : deflateOff)(data, compressing(data, level)),
  decompress: (data, limit) =>
    (data.length < INFLATE_FROM ? inflateSync : inflateOff)(data, decompressing(data, limit)),
}

function compressFrom(level: number | null): number {
  return MILLISECOND.find(([most]) => (level ?? FASTEST) <= most)?.[1] ?? 0
}

function compressing(data: Buffer, level: number | null): object {
  return {
    level: level ?? FASTEST,
    chunkSize: compressedChunk(data),
    // A window as long as the data: preparing one of 32 KB takes a sixth of the time that 6 KB need. Any reader can read it.
    windowBits: Math.min(Math.max(32 - Math.clz32(data.length - 1), MIN_WINDOW), MAX_WINDOW),
  }
}
