import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { compressedChunk, decompressing } from './chunks.ts'
import { type Compressor, LimitExceeded } from './compressor.ts'

/** What `node:zlib` has from Node 22.15 and 23.8 on; the types of Node 20 do not know it. */
interface Zstd {
  zstdCompressSync(data: Buffer, options: object): Buffer
  zstdDecompressSync(data: Buffer, options: object): Buffer
  zstdCompress(data: Buffer, options: object, done: (error: Error | null, result: Buffer) => void): void
  zstdDecompress(data: Buffer, options: object, done: (error: Error | null, result: Buffer) => void): void
  constants: { ZSTD_c_compressionLevel: number }
}

const node = zlib as unknown as Partial<Zstd>
const MISSING = `zstd needs Node 22.15 or later, and this is ${process.version}: upgrade Node, or choose another compression`

const FASTEST = 1

/** Zstandard's own default level is 3: 0 asks for it, and -1 says to Node that none is given. */
const OWN_DEFAULT = 3
const ASKS_FOR_IT = [0, -1]

/**
 * Bytes of the slowest text that take a millisecond, by the highest level that is that fast. Which text that is differs:
 * random text of 2 to 16 letters, a short period with a fault now and then, runs of one letter. Measured as for gzip, on Node 22
 * to 26: 0.5 to 1.3 ms for the slowest. Above 19 it takes hundreds of megabytes.
 */
const MILLISECOND: [level: number, bytes: number][] = [
  [1, 196_608],
  [3, 131_072],
  [5, 98_304],
  [6, 49_152],
  [7, 32_768],
  [9, 8192],
  [14, 4096],
  [17, 2048],
  [19, 1024],
]

/** Bytes of compressed data. */
const DECOMPRESS_FROM = 131_072
/** Bytes: 0.2 to 1.2 ms, however few they were compressed to. */
const UNFOLDS_TO = 1_048_576

/** A Zstandard frame (RFC 8878). The PHP reference does not know it, nor this tag. */
export const zstd: Compressor = {
  name: 'zstd',
  tag: ':zs:',
  levels: { min: -7, max: 19, default: FASTEST },
  unavailable: () => (node.zstdCompressSync ? undefined : MISSING),
  compress(data, level) {
    const { zstdCompress, zstdCompressSync } = here()
    const compress = data.length < compressFrom(level) ? zstdCompressSync : promisify(zstdCompress)
    return compress(data, compressing(data, level))
  },
  decompress(data, limit) {
    const length = declared(data, limit)
    const { zstdDecompress, zstdDecompressSync } = here()
    const options = decompressing(data, limit)
    // Of a foreign frame that does not declare its length, nobody knows how long it will take.
    const atOnce = data.length < DECOMPRESS_FROM && length !== undefined && length <= UNFOLDS_TO
    if (atOnce) return whole(zstdDecompressSync(data, options), length)
    return promisify(zstdDecompress)(data, options).then(unfolded => whole(unfolded, length))
  },
}

function compressFrom(level: number | null): number {
  const given = level ?? FASTEST
  const taken = ASKS_FOR_IT.includes(given) ? OWN_DEFAULT : given
  return MILLISECOND.find(([most]) => taken <= most)?.[1] ?? 0
}

const MAGIC = 0xfd2fb528
/** Bytes of the content's size by the two highest bits of the descriptor; 0 is a byte where the frame is one segment. */
const SIZES = [0, 2, 4, 8] as const
const DICTIONARIES = [0, 1, 2, 4] as const

/**
 * Node 22 takes a frame that is cut off for a shorter one, down to nothing, which would be an empty session. Our frames say how
 * long their content is; undefined for one that does not.
 */
function declared(data: Buffer, limit: number): number | undefined {
  const descriptor = data[4]
  if (descriptor === undefined || data.readUInt32LE(0) !== MAGIC) throw new Error('this is no frame')
  const single = (descriptor & 0x20) !== 0
  const bytes = SIZES[(descriptor >> 6) as 0 | 1 | 2 | 3] || (single ? 1 : 0)
  const at = 5 + (single ? 0 : 1) + DICTIONARIES[(descriptor & 3) as 0 | 1 | 2 | 3]
  if (data.length <= at + bytes) throw new Error('the frame is cut off')
  if (bytes === 0) return undefined
  const length =
    bytes === 8 ? Number(data.readBigUInt64LE(at)) : data.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0)
  if (limit > 0 && length > limit) throw new LimitExceeded(limit)
  return length
}

function whole(data: Buffer, length: number | undefined): Buffer {
  if (length === undefined ? data.length > 0 : data.length === length) return data
  throw new Error(`${length ?? 'no'} bytes were declared, and ${data.length} came out`)
}

function here(): Zstd {
  if (!node.zstdCompressSync) throw new Error(MISSING)
  return node as Zstd
}

function compressing(data: Buffer, level: number | null): object {
  return {
    // Known beforehand, the length is written into the frame off the event loop as well.
    pledgedSrcSize: data.length,
    params: { [here().constants.ZSTD_c_compressionLevel]: level ?? FASTEST },
    chunkSize: compressedChunk(data),
  }
}
