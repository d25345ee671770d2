import { createRequire } from 'node:module'
import { COMPRESSORS, type Compressor } from 'latchkey/codec'
import type { Candidate } from './candidates.ts'

/**
 * zlib-sync 0.1.10 as a second engine for inflating gzip, measured beside node:zlib where it is installed. The handler never
 * uses it: it was 3 µs faster for a cart of 600 bytes and slower from 20 KB on, and it never calls inflateEnd, so that about
 * 9 KB of memory remain of each payload for as long as the process lives.
 */
export interface ZlibSync {
  Inflate: new (options: {
    chunkSize: number
  }) => {
    push(data: Buffer, finish: true): void
    readonly err: number
    readonly result: Buffer | string | null
  }
  Z_STREAM_END: number
}

/** Round trips of one group in one round: 50 MB of memory remain after a whole run. */
const MOST_TRIPS = 100
/** Times the compressed size. */
const CHUNK = 8

const require = createRequire(import.meta.url)

/** Nothing where the package is not installed. */
export function zlibSync(load: () => ZlibSync = () => require('zlib-sync')): Candidate[] {
  const gzip = COMPRESSORS.find(({ name }) => name === 'gzip')
  if (!gzip) return []
  try {
    const compressor = inflatedBy(load(), gzip)
    return [
      { name: 'zlib-sync', library: 'zlib-sync', level: null, usual: false, most: MOST_TRIPS, compressor },
    ]
  } catch {
    return []
  }
}

function inflatedBy({ Inflate, Z_STREAM_END }: ZlibSync, gzip: Compressor): Compressor {
  return {
    ...gzip,
    decompress(data, limit) {
      const inflate = new Inflate({ chunkSize: data.length * CHUNK })
      inflate.push(data, true)
      // It drops the end of data that is denser than its chunks, and says so by its error code alone.
      return inflate.err === Z_STREAM_END ? (inflate.result as Buffer) : gzip.decompress(data, limit)
    },
  }
}
