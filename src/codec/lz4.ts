import { type Compressor, LimitExceeded } from './compressor.ts'
import { lazily, require } from './package.ts'

type Lz4 = typeof import('lz4-napi')

const library = lazily('lz4-napi', (): Lz4 => require('lz4-napi'))

/** Bytes: the length of the data, little-endian, as php-ext-lz4 writes it. */
const HEADER = 4
/** One byte of a block stands for 255 bytes of a match at most. */
const MAX_RATIO = 255

/**
 * Bytes that take 0.75 ms of work, and 1.9 for random text of six letters. No fewer go to another thread: what the library
 * allocated there it keeps, 200 to 500 MB in all where sessions of a megabyte come and go.
 */
const LARGE = 524_288
/** Bytes: 0.2 to 1 ms, however few they were compressed to. */
const UNFOLDS_TO = 1_048_576

/** The length of the data in 4 bytes, and a raw block: the layout of php-ext-lz4. */
export const lz4: Compressor = {
  name: 'lz4',
  tag: ':l4:',
  unavailable: library.unavailable,
  compress(data) {
    const { compress, compressSync } = library.get()
    return data.length < LARGE ? compressSync(data) : compress(data)
  },
  decompress(data, limit) {
    const length = declared(data, limit)
    const { uncompress, uncompressSync } = library.get()
    if (data.length < LARGE && length <= UNFOLDS_TO) return whole(uncompressSync(data), length)
    return uncompress(data).then(unfolded => whole(unfolded, length))
  },
}

/** lz4-napi allocates what is declared, and takes seconds for 4 GB of it: nothing impossible must reach it. */
function declared(data: Buffer, limit: number): number {
  if (data.length <= HEADER) throw new Error('the block is cut off')
  const length = data.readUInt32LE(0)
  if (limit > 0 && length > limit) throw new LimitExceeded(limit)
  if (length > (data.length - HEADER) * MAX_RATIO) throw new Error('more is declared than the block can hold')
  return length
}

/** A block that ends before the declared length is no error to lz4-napi. */
function whole(data: Buffer, length: number): Buffer {
  if (data.length !== length) throw new Error(`${length} bytes were declared, and ${data.length} came out`)
  return data
}
