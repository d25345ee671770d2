import { isUint8Array } from 'node:util/types'
import { type Compressor, exceedsLimit, TAG, whyUnavailable } from './compressor.ts'
import { gzip } from './gzip.ts'
import { lzf } from './lzf.ts'
import { REGISTRY, type Registry } from './registry.ts'

/*
 * Bytes to payload and back.
 *
 * FORMAT    plain bytes, or a tag (`:gz:` …) and what that library made of them.
 * PROMISES  1. What was packed unpacks to the same bytes, whatever the library or the threshold is by then.
 *           2. Bytes that happen to begin like a tag are compressed whatever it costs, so that they are never mistaken.
 *           3. Nothing longer than the limit is ever inflated.
 *           4. A compressor that fails costs its compression and never the data.
 */

/** How `pack` packs. */
export interface Packing {
  /** The library; undefined to leave the data plain. */
  compressor: Compressor | undefined
  /** null for the library's own default. */
  level: number | null
  /** Bytes; shorter data stays as it is. */
  threshold: number
}

/** What `pack` returns. */
export interface Packed {
  /** The bytes to store. */
  payload: Buffer
  /** What the compressor threw; the data stays plain. */
  compressionFailed?: unknown
}

const TAG_LENGTH = 4

/** The error of `unpack` for data that cannot be read: damaged, too large, or from an unknown library. */
export class PayloadError extends Error {
  /** `PayloadError`. */
  override readonly name = 'PayloadError'
  /** The id of the key that encrypted the data, where it cannot be decrypted. */
  readonly keyId: string | undefined

  /** @param options.keyId the id of the key that encrypted the data, where it cannot be decrypted */
  constructor(message: string, options: { cause?: unknown; keyId?: string } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {})
    this.keyId = options.keyId
  }
}

/** Packs data for the store. If the library fails, the data stays plain. The data must not change meanwhile. */
export async function pack(data: Buffer, { compressor, level, threshold }: Packing): Promise<Packed> {
  if (tagOf(data) !== undefined) return escaped(data)
  if (!compressor || data.length === 0 || data.length < threshold) return { payload: data }
  try {
    return { payload: smaller(data, compressor, await compressor.compress(data, level)) }
  } catch (error) {
    return failed(data, error)
  }
}

/** gzip, as any reader knows it; or else lzf, which is ours and cannot fail. */
async function escaped(data: Buffer): Promise<Packed> {
  try {
    return { payload: tagged(gzip, await gzip.compress(data, null)) }
  } catch (error) {
    return failed(tagged(lzf, await lzf.compress(data, null)), error)
  }
}

function failed(payload: Buffer, error: unknown): Packed {
  // A user's library may throw undefined.
  return { payload, compressionFailed: error ?? new Error('no error was given') }
}

/** Rejects with a `PayloadError`. */
export async function unpack(
  payload: Buffer,
  limit: number,
  registry: Pick<Registry, 'tagged'> = REGISTRY,
): Promise<Buffer> {
  const compressor = compressorOf(payload, registry)
  if (!compressor) return within(payload, limit)
  try {
    const data = bytesOf(
      await compressor.decompress(payload.subarray(TAG_LENGTH), limit),
      `decompress of "${compressor.name}"`,
    )
    // The library may be a user's own that ignores the limit.
    return within(
      Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.length),
      limit,
    )
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
function compressorOf(payload: Buffer, registry: Pick<Registry, 'tagged'>): Compressor | undefined {
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

/** Empty data is never compressed, so an empty answer is wrong: read, it would be an empty session. */
function bytesOf(answer: unknown, what: string): Uint8Array {
  if (isUint8Array(answer)) {
    if (answer.length > 0) return answer
    throw new TypeError(`${what} must return non-empty data`)
  }
  throw new TypeError(`${what} must return a Buffer`)
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
