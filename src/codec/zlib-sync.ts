import type { Compressor } from './compressor.ts'
import { gzip } from './gzip.ts'
import { lazily, require } from './package.ts'

/**
 * zlib-sync as a second engine for inflating, which has to be asked for (`inflateWith`).
 *
 * node:zlib is the default because zlib-sync 0.1.10 was measured (JSON carts, Node 20, median): 7 against 10 µs for a cart of 600
 * bytes, 18 against 19 for 6 KB, 35 against 30 for 20 KB, 299 against 262 for 200 KB. And it never calls inflateEnd: about 9 KB of
 * memory remain of each payload that it inflated, for as long as the process lives.
 *
 * It is compiled when it is installed. As an optional dependency npm would try that at everybody's, so it is an optional
 * peer: who wants it installs it.
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

/** A byte of a zlib stream stands for 1032 bytes at most (RFC 1951: 258 bytes for two bits). */
const MAX_RATIO = 1032
const FITTING = 8
/** Payloads; 64 MB remain of them by then, and node:zlib goes on. */
const MAX_INFLATED = 7000

const library = lazily('zlib-sync', (): ZlibSync => require('zlib-sync'), 'leave inflateWith at its default')

export const zlibSyncUnavailable = library.unavailable

/**
 * gzip, inflated by zlib-sync as long as that is safe. It knows no limit, so it only gets what cannot exceed it whatever it
 * is; and it drops the end of what is denser than its chunks, without a word but its error code. node:zlib takes the rest,
 * and says what is wrong with it.
 */
export function gzipByZlibSync(load: () => ZlibSync = library.get): Compressor {
  let left = MAX_INFLATED
  return {
    ...gzip,
    decompress(data, limit) {
      const safe = data.length > 0 && limit > 0 && data.length * MAX_RATIO <= limit
      return (safe && left-- > 0 && inflated(load(), data)) || gzip.decompress(data, limit)
    },
  }
}

function inflated({ Inflate, Z_STREAM_END }: ZlibSync, data: Buffer): Buffer | undefined {
  const inflate = new Inflate({ chunkSize: data.length * FITTING })
  inflate.push(data, true)
  return inflate.err === Z_STREAM_END ? (inflate.result as Buffer) : undefined
}
