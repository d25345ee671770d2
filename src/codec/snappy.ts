import { type Awaitable, type Compressor, LimitExceeded } from './compressor.ts'
import { lazily, require } from './package.ts'

type Snappy = typeof import('snappy')

const library = lazily('snappy', (): Snappy => require('snappy'))

// Otherwise the library's own memory is handed to V8, which then collects garbage far too often: 20 KB were measured at 78 µs in
// place of 21, and the way back at 65 in place of 12.
const COPY = { copyOutputData: true }
const AS_BUFFER = { asBuffer: true, ...COPY }
/** The densest element copies 64 bytes and takes 3. */
const MAX_RATIO = 22

/** As for lz4, and for the same reason. */
const LARGE = 524_288
/** Bytes: 0.2 to 1.4 ms. */
const UNFOLDS_TO = 1_048_576

/** Raw Snappy, without the framing format: what php-snappy writes. */
export const snappy: Compressor = {
  name: 'snappy',
  tag: ':sn:',
  unavailable: library.unavailable,
  compress(data) {
    const { compress, compressSync } = library.get()
    return data.length < LARGE ? compressSync(data, COPY) : compress(data, COPY)
  },
  decompress(data, limit) {
    const length = declared(data, limit)
    const { uncompress, uncompressSync } = library.get()
    const atOnce = data.length < LARGE && length <= UNFOLDS_TO
    return (atOnce ? uncompressSync : uncompress)(data, AS_BUFFER) as Awaitable<Buffer>
  },
}

/** The library allocates what is declared, up to 4 GB, and then compares: nothing impossible must reach it. */
function declared(data: Buffer, limit: number): number {
  const length = varint(data)
  if (limit > 0 && length > limit) throw new LimitExceeded(limit)
  if (length > data.length * MAX_RATIO) throw new Error('more is declared than the data can hold')
  return length
}

/** Seven bits a byte, the lowest first, 32 bits in all. */
function varint(data: Buffer): number {
  let length = 0
  for (let at = 0; at < 5; at += 1) {
    const byte = data[at]
    if (byte === undefined) throw new Error('the length is cut off')
    length += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) return length
  }
  throw new Error('the length is no number of 32 bits')
}
