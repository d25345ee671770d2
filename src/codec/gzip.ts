import { promisify } from 'node:util'
import { deflate, deflateSync, inflate, inflateSync } from 'node:zlib'
import { compressedChunk, decompressing } from './chunks.ts'
import type { Compressor } from './compressor.ts'

const FASTEST = 1
/** Binary logarithms. zlib cannot do 8. */
const MIN_WINDOW = 9
const MAX_WINDOW = 15

const deflateOff = promisify<Buffer, object, Buffer>(deflate)
const inflateOff = promisify<Buffer, object, Buffer>(inflate)

/** A zlib stream (RFC 1950), which is what PHP's gzcompress makes and the reference calls gzip. */
export const gzip: Compressor = {
  name: 'gzip',
  tag: ':gz:',
  levels: { min: 1, max: 9, default: FASTEST },
  compress: (data, level) => deflateSync(data, compressing(data, level)),
  decompress: (data, limit) => inflateSync(data, decompressing(data, limit)),
  offThread: {
    // A millisecond of text that hardly shrinks, the slowest kind: 15 ns a byte at levels 1 to 6, 40 at level 9. What waits
    // on the loop for the other thread costs 0.05 ms, and the whole takes 0.15 ms longer.
    compressFrom: level => ((level ?? FASTEST) <= 6 ? 65_536 : 24_576),
    // Inflates to 100 to 600 KB, 1.7 to 9 ns for each of them.
    decompressFrom: 98_304,
    compress: (data, level) => deflateOff(data, compressing(data, level)),
    decompress: (data, limit) => inflateOff(data, decompressing(data, limit)),
  },
}

function compressing(data: Buffer, level: number | null): object {
  return {
    level: level ?? FASTEST,
    chunkSize: compressedChunk(data),
    // A window as long as the data: preparing one of 32 KB takes a sixth of the time that 6 KB need. Any reader can read it.
    windowBits: Math.min(Math.max(32 - Math.clz32(data.length - 1), MIN_WINDOW), MAX_WINDOW),
  }
}
