import { isUint8Array } from 'node:util/types'
import { type Compressor, exceedsLimit, TAG, whyUnavailable } from './compressor.ts'
import { gzip } from './gzip.ts'
import { lzf } from './lzf.ts'
import { compressed, decompressed } from './off-thread.ts'
import { REGISTRY, type Registry } from './registry.ts'

/**
 * Bytes to payload and back.
 *
 * FORMAT    plain bytes, or a tag (`:gz:` …) and what that library made of them.
 * PROMISES  1. What was packed unpacks to the same bytes, whatever the library or the threshold is by then.
 *           2. Bytes that happen to begin like a tag are compressed whatever it costs, so that they are never mistaken.
 *           3. Nothing longer than the limit is ever inflated.
 *           4. A compressor that fails costs its compression and never the data.
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

export class PayloadError extends Error {
  override readonly name = 'PayloadError'
}

export function pack(data: Buffer, packing: Packing): Buffer {
  const { compressor, level, threshold, failed } = packing
  if (tagOf(data) !== undefined) return escaped(data, failed)
  if (!compressor || data.length === 0 || data.length < threshold) return data
  try {
    return smaller(data, compressor, compressor.compress(data, level))
  } catch (error) {
    failed(error)
    return data
  }
}

/** As `pack`, but a promise for what would block the event loop. The data must not change meanwhile. */
export function packOff(data: Buffer, packing: Packing): Buffer | Promise<Buffer> {
  const { compressor, level, threshold, failed } = packing
  const plain = data.length === 0 || data.length < threshold || tagOf(data) !== undefined
  if (!compressor?.offThread || plain) return pack(data, packing)
  try {
    const answer = compressed(compressor, data, level)
    if ('now' in answer) return smaller(data, compressor, answer.now)
    return packedOff(data, compressor, answer.later, failed)
  } catch (error) {
    failed(error)
    return data
  }
}

async function packedOff(
  data: Buffer,
  compressor: Compressor,
  later: Promise<Buffer>,
  failed: Packing['failed'],
) {
  try {
    return smaller(data, compressor, await later)
  } catch (error) {
    failed(error)
    return data
  }
}

/** The first as any reader knows it; the second because it is ours, and cannot fail. */
function escaped(data: Buffer, failed: (error: unknown) => void): Buffer {
  try {
    return tagged(gzip, gzip.compress(data, null))
  } catch (error) {
    failed(error)
    return tagged(lzf, lzf.compress(data, null))
  }
}

export function unpack(payload: Buffer, limit: number, registry: Registry = REGISTRY): Buffer {
  const compressor = compressorOf(payload, registry)
  if (!compressor) return within(payload, limit)
  try {
    return unfolded(compressor, compressor.decompress(payload.subarray(TAG_LENGTH), limit), limit)
  } catch (error) {
    throw unreadable(compressor, limit, error)
  }
}

/** As `unpack`, but a promise for what would block the event loop. */
export function unpackOff(payload: Buffer, limit: number, registry: Registry): Buffer | Promise<Buffer> {
  const compressor = compressorOf(payload, registry)
  if (!compressor) return within(payload, limit)
  try {
    const answer = decompressed(compressor, payload.subarray(TAG_LENGTH), limit)
    if ('now' in answer) return unfolded(compressor, answer.now, limit)
    return unpackedOff(compressor, answer.later, limit)
  } catch (error) {
    throw unreadable(compressor, limit, error)
  }
}

async function unpackedOff(compressor: Compressor, later: Promise<Buffer>, limit: number) {
  try {
    return unfolded(compressor, await later, limit)
  } catch (error) {
    throw unreadable(compressor, limit, error)
  }
}

/** The library that made a payload, for people: `gzip`, `none`, or a tag nobody knows. */
export function compressionOf(payload: Buffer, registry: Registry = REGISTRY): string {
  const tag = tagOf(payload)
  return tag === undefined ? 'none' : (registry.tagged(tag)?.name ?? tag)
}

/** Undefined for plain bytes. */
function compressorOf(payload: Buffer, registry: Registry): Compressor | undefined {
  const tag = tagOf(payload)
  if (tag === undefined) return undefined
  const compressor = registry.tagged(tag)
  if (compressor) return compressor
  throw new PayloadError(`the payload has the tag ${tag} of a compression that is not available here`)
}

function tagOf(data: Buffer): string | undefined {
  if (data[0] !== 0x3a || data.length < TAG_LENGTH) return undefined
  const start = data.toString('latin1', 0, TAG_LENGTH)
  return TAG.test(start) ? start : undefined
}

function smaller(data: Buffer, compressor: Compressor, answer: unknown): Buffer {
  const compressed = bytesOf(answer, `compress of "${compressor.name}"`)
  return compressed.length + TAG_LENGTH < data.length ? tagged(compressor, compressed) : data
}

function tagged({ tag }: Compressor, compressed: Uint8Array): Buffer {
  const payload = Buffer.allocUnsafe(TAG_LENGTH + compressed.length)
  payload.write(tag, 'latin1')
  payload.set(compressed, TAG_LENGTH)
  return payload
}

/** The library may be a user's own and know no limit. */
function unfolded({ name }: Compressor, answer: unknown, limit: number): Buffer {
  const data = bytesOf(answer, `decompress of "${name}"`)
  return within(Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.length), limit)
}

/** What a library answered. Empty data is never compressed, so nothing is no answer: it would be an empty session. */
function bytesOf(answer: unknown, what: string): Uint8Array {
  if (isUint8Array(answer)) {
    if (answer.length > 0) return answer
    throw new TypeError(`${what} must answer more than nothing`)
  }
  // Nobody awaits a promise here, and one that rejects unheard ends the process.
  Promise.resolve(answer).catch(() => {})
  throw new TypeError(`${what} must answer a Buffer`)
}

function within(data: Buffer, limit: number): Buffer {
  if (limit > 0 && data.length > limit) throw tooLarge(limit)
  return data
}

function unreadable(compressor: Compressor, limit: number, error: unknown): PayloadError {
  if (error instanceof PayloadError) return error
  if (exceedsLimit(error)) return tooLarge(limit)
  const missing = whyUnavailable(compressor)
  const why = missing ?? 'and is damaged'
  return new PayloadError(`the payload has the tag ${compressor.tag}${missing ? ': ' : ' '}${why}`, {
    cause: error,
  })
}

function tooLarge(limit: number): PayloadError {
  return new PayloadError(`the payload is longer than maxDecompressedSize (${limit} bytes)`)
}
