import { brotliCompressSync, brotliDecompressSync } from 'node:zlib'
import { type Codec, type CodecOptions, createCodec } from '../../src/codec/codec.ts'
import type { Compressor } from '../../src/codec/compressor.ts'
import { type Packing, PayloadError, pack } from '../../src/codec/payload.ts'
import { COMPRESSORS, createRegistry } from '../../src/codec/registry.ts'

export const DEFAULTS: CodecOptions = {
  compression: 'gzip',
  compressionLevel: null,
  compressionThreshold: 2048,
  maxSize: 0,
  maxDecompressedSize: 4_194_304,
}

/** A record's name, where data is not encrypted and it does not matter. */
export const RECORD = 'a'

/** All of them, but for zstd on a Node that has none. */
export const USABLE: readonly Compressor[] = COMPRESSORS.filter(c => c.unavailable?.() === undefined)
export const USABLE_NAMES: readonly string[] = [...USABLE.map(c => c.name), 'none']

/** A library of a user's own. */
export const brotli: Compressor = {
  name: 'brotli',
  tag: ':br:',
  compress: data => brotliCompressSync(data, { params: { 1: 1 } }),
  decompress: (data, limit) => brotliDecompressSync(data, limit > 0 ? { maxOutputLength: limit } : {}),
}

export function codecWith(options: Partial<CodecOptions> = {}, own: Compressor[] = []): Codec {
  return createCodec({ ...DEFAULTS, ...options }, createRegistry(own))
}

/** The payload alone, where nothing may fail. */
export async function packed(data: Buffer, packing: Partial<Packing> = {}): Promise<Buffer> {
  const { payload, compressionFailed } = await pack(data, {
    ...{ compressor: undefined, level: null, threshold: 0 },
    ...packing,
  })
  if (compressionFailed !== undefined) throw compressionFailed
  return payload
}

/** The JSON of a cart, of about this many bytes. */
export function cart(bytes: number): Buffer {
  const items: string[] = []
  for (let at = 0; at < bytes; at += items.at(-1)?.length ?? 0) {
    const i = items.length
    items.push(
      JSON.stringify({
        sku: `SKU-${(i * 7919) % 9973}`,
        qty: 1 + (i % 5),
        name: `Käse ${i}`,
        price: i * 1.37,
      }),
    )
  }
  return Buffer.from(`{"cart":[${items.join(',')}]}`)
}

/** Bytes that no library makes smaller. */
export function noise(bytes: number, seed = 4711): Buffer {
  const data = Buffer.alloc(bytes)
  let state = seed
  for (let at = 0; at < bytes; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    data[at] = state >>> 24
  }
  return data
}

/** The payload of data that must be encodable. */
export async function encoded(
  data: Record<string, unknown>,
  options: Partial<CodecOptions> = {},
): Promise<Buffer> {
  const outcome = await codecWith(options).encode(data, RECORD)
  if ('refused' in outcome) throw new Error(`encode refused: ${outcome.refused}`)
  return outcome.payload
}

/** What a step that must fail throws, or rejects with. */
export async function thrownBy(step: () => unknown): Promise<unknown> {
  try {
    await step()
  } catch (error) {
    return error
  }
  throw new Error('expected an error, but there was none')
}

export async function payloadErrorOf(step: () => unknown): Promise<PayloadError> {
  const error = await thrownBy(step)
  if (!(error instanceof PayloadError)) throw error
  return error
}
