import { type CodecOptions, createCodec } from '../../src/codec/codec.ts'
import { PayloadError } from '../../src/codec/payload.ts'

export const DEFAULTS: CodecOptions = {
  compression: 'gzip',
  compressionLevel: null,
  compressionThreshold: 2048,
  maxSize: 0,
  maxDecompressedSize: 4_194_304,
}

export function codecWith(options: Partial<CodecOptions> = {}) {
  return createCodec({ ...DEFAULTS, ...options })
}

/** The payload of data that must be encodable. */
export function encoded(data: Record<string, unknown>, options: Partial<CodecOptions> = {}): Buffer {
  const outcome = codecWith(options).encode(data)
  if ('refused' in outcome) throw new Error(`encode refused: ${outcome.refused}`)
  return outcome.payload
}

/** What a step that must fail throws. */
export function thrownBy(step: () => unknown): unknown {
  try {
    step()
  } catch (error) {
    return error
  }
  throw new Error('expected an error, but there was none')
}

export function payloadErrorOf(step: () => unknown): PayloadError {
  const error = thrownBy(step)
  if (!(error instanceof PayloadError)) throw error
  return error
}
