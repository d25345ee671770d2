import { deflateSync, inflateSync } from 'node:zlib'
import type { Compressor } from './compressor.ts'

const FASTEST = 1
const MIN_CHUNK = 64
const MAX_CHUNK = 1_048_576

/** A zlib stream (RFC 1950), which is what PHP's gzcompress makes and the reference calls gzip. */
export const gzip: Compressor = {
  name: 'gzip',
  tag: ':gz:',
  compress: (data, level) =>
    deflateSync(data, { level: level ?? FASTEST, chunkSize: Math.max(data.length, MIN_CHUNK) }),
  decompress: (data, limit) =>
    // One chunk that fits most sessions whole: a JSON cart shrinks to about a quarter.
    inflateSync(data, {
      chunkSize: Math.min(Math.max(data.length * 8, MIN_CHUNK), MAX_CHUNK),
      ...(limit > 0 ? { maxOutputLength: limit } : {}),
    }),
}
