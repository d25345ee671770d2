import type { Compressor } from './compressor.ts'
import { gzip } from './gzip.ts'
import { compressorTagged } from './registry.ts'

/**
 * Bytes to payload and back.
 *
 * FORMAT    plain bytes, or a tag (`:gz:` …) and what that library made of them.
 * PROMISES  1. What was packed unpacks to the same bytes, whatever the library or the threshold is by then.
 *           2. Bytes that happen to begin like a tag are compressed whatever it costs, so that they are never mistaken.
 *           3. Nothing longer than the limit is ever inflated.
 */
export interface Packing {
  compressor: Compressor | undefined
  level: number | null
  /** Bytes; shorter data stays as it is. */
  threshold: number
  /** The compressor threw, and the data stays plain. */
  failed: (error: unknown) => void
}

const TAG_LENGTH = 4
const TAG = /^:[a-z0-9]{2}:$/

export class PayloadError extends Error {
  override readonly name = 'PayloadError'
}

export function pack(data: Buffer, { compressor, level, threshold, failed }: Packing): Buffer {
  if (tagOf(data) !== undefined) return tagged(gzip, gzip.compress(data, null))
  if (!compressor || data.length < threshold) return data
  try {
    const compressed = compressor.compress(data, level)
    return compressed.length + TAG_LENGTH < data.length ? tagged(compressor, compressed) : data
  } catch (error) {
    failed(error)
    return data
  }
}

export function unpack(payload: Buffer, limit: number): Buffer {
  const tag = tagOf(payload)
  if (tag === undefined) return within(payload, limit)
  const compressor = compressorTagged(tag)
  if (!compressor)
    throw new PayloadError(`the payload has the tag ${tag} of a compression that is not available here`)
  let data: Buffer
  try {
    data = compressor.decompress(payload.subarray(TAG_LENGTH), limit)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit)
    throw new PayloadError(`the payload has the tag ${tag} and is damaged`, { cause: error })
  }
  return within(data, limit)
}

/** The library that made a payload, for people: `gzip`, `none`, or a tag nobody knows. */
export function compressionOf(payload: Buffer): string {
  const tag = tagOf(payload)
  return tag === undefined ? 'none' : (compressorTagged(tag)?.name ?? tag)
}

function tagOf(data: Buffer): string | undefined {
  if (data[0] !== 0x3a || data.length < TAG_LENGTH) return undefined
  const start = data.toString('latin1', 0, TAG_LENGTH)
  return TAG.test(start) ? start : undefined
}

function tagged({ tag }: Compressor, compressed: Buffer): Buffer {
  return Buffer.concat([Buffer.from(tag, 'latin1'), compressed])
}

function within(data: Buffer, limit: number): Buffer {
  if (limit > 0 && data.length > limit) throw tooLarge(limit)
  return data
}

function tooLarge(limit: number): PayloadError {
  return new PayloadError(`the payload is longer than maxDecompressedSize (${limit} bytes)`)
}
