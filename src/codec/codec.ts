import { type Compressor, unsure } from './compressor.ts'
import { type Data, deserialize, serialize } from './json.ts'
import { compressionOf, type Packed, PayloadError, pack, unpack } from './payload.ts'
import { REGISTRY, type Registry } from './registry.ts'

export interface CodecOptions {
  compression: string
  compressionLevel: number | null
  compressionThreshold: number
  maxSize: number
  maxDecompressedSize: number
}

export type Encoded = Packed | Unencodable

export type Unencodable =
  | { refused: 'too-large'; bytes: number; maxSize: number }
  | { refused: 'unserializable'; error: unknown }

/** Values to payloads and back. Knows neither keys nor records. */
export interface Codec {
  readonly compression: string
  /** Why data is stored uncompressed: the library cannot be loaded. One sentence with the remedy. */
  readonly unavailable: string | undefined
  /**
   * The data as it is at the call: later changes are not in it.
   *
   * @param json the data as JSON (`textOf`), where the caller has it already
   */
  encode(data: Data, json?: string): Promise<Encoded>
  /** Rejects with a `PayloadError`. */
  decode(payload: Buffer): Promise<Data>
  /** For people. */
  describe(payload: Buffer): Promise<Description>
}

export interface Description {
  compression: string
  /** Decompressed; undefined if it cannot be. */
  bytes: number | undefined
}

export { PayloadError }

/** Throws a TypeError for a compression that is not known, and for a level that it does not have. */
export function createCodec(options: CodecOptions, registry: Registry = REGISTRY): Codec {
  const {
    compression,
    compressionLevel: level,
    compressionThreshold: threshold,
    maxSize,
    maxDecompressedSize: limit,
  } = options
  const wrong = registry.wrong(options)
  if (wrong)
    throw new TypeError(`${wrong.option}: expected ${wrong.rule}${wrong.why ? `: ${wrong.why}` : ''}`)
  let { compressor, unavailable } = chosen(registry.named(compression))
  return {
    compression,
    unavailable,
    async encode(data, json) {
      let bytes: Buffer
      try {
        bytes = serialize(data, json)
      } catch (error) {
        return { refused: 'unserializable', error }
      }
      if (maxSize > 0 && bytes.length > maxSize) {
        return { refused: 'too-large', bytes: bytes.length, maxSize }
      }
      const packed = await pack(bytes, { compressor, level, threshold })
      // Reported at start and with this first session: every other one would say the same.
      if (unavailable !== undefined && packed.compressionFailed !== undefined) compressor = undefined
      return packed
    },
    async decode(payload) {
      return deserialize(await unpack(payload, limit, registry))
    },
    describe: async payload => ({
      compression: compressionOf(payload, registry),
      bytes: await lengthOf(payload, limit, registry),
    }),
  }
}

interface Chosen {
  compressor: Compressor | undefined
  unavailable: string | undefined
}

/** Who cannot even say whether it is available is not asked to compress. */
function chosen(compressor: Compressor | undefined): Chosen {
  try {
    return { compressor, unavailable: compressor?.unavailable?.() }
  } catch (error) {
    return { compressor: undefined, unavailable: compressor && unsure(compressor, error) }
  }
}

async function lengthOf(payload: Buffer, limit: number, registry: Registry): Promise<number | undefined> {
  try {
    return (await unpack(payload, limit, registry)).length
  } catch {
    return undefined
  }
}
