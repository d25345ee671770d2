import { type Data, deserialize, serialize } from './json.ts'
import { PayloadError, pack, unpack } from './payload.ts'
import { compressorNamed, compressorNames } from './registry.ts'

export interface CodecOptions {
  compression: string
  compressionLevel: number | null
  compressionThreshold: number
  maxSize: number
  maxDecompressedSize: number
}

export type Encoded =
  | { payload: Buffer; compressionFailed?: unknown }
  | { refused: 'too-large'; bytes: number }
  | { refused: 'unserializable'; error: unknown }

/** Values to payloads and back. Knows neither keys nor records. */
export interface Codec {
  readonly compression: string
  /** @param json the data as JSON, where the caller has it already */
  encode(data: Data, json?: string): Encoded
  /** Throws `PayloadError`. */
  decode(payload: Buffer): Data
}

export { PayloadError }

/** Throws a TypeError for a compression that is not known. */
export function createCodec(options: CodecOptions): Codec {
  const {
    compression,
    compressionLevel: level,
    compressionThreshold: threshold,
    maxSize,
    maxDecompressedSize,
  } = options
  const compressor = compressorNamed(compression)
  if (!compressor && compression !== 'none') {
    throw new TypeError(
      `compression must be one of ${compressorNames().join(', ')}, but it is "${compression}"`,
    )
  }
  return {
    compression,
    encode(data, json) {
      let bytes: Buffer
      try {
        bytes = serialize(data, json)
      } catch (error) {
        return { refused: 'unserializable', error }
      }
      if (maxSize > 0 && bytes.length > maxSize) return { refused: 'too-large', bytes: bytes.length }
      let compressionFailed: unknown
      const failed = (error: unknown) => {
        compressionFailed = error
      }
      const payload = pack(bytes, { compressor, level, threshold, failed })
      return compressionFailed === undefined ? { payload } : { payload, compressionFailed }
    },
    decode: payload => deserialize(unpack(payload, maxDecompressedSize)),
  }
}
