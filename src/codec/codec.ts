import { type Compressor, unsure } from './compressor.ts'
import { createEncryption, type EncryptionOptions, keyIdOf } from './encryption.ts'
import { type Data, JSON_TEXT } from './json.ts'
import { compressionOf, type Packed, PayloadError, pack, unpack } from './payload.ts'
import { REGISTRY, type Registry } from './registry.ts'
import type { Decoded, Serializer } from './serializer.ts'

export interface CodecOptions {
  compression: string
  compressionLevel: number | null
  compressionThreshold: number
  maxSize: number
  maxDecompressedSize: number
  /** None by default. */
  encryption?: EncryptionOptions
  /** What the keys of all records begin with: encrypted data is bound to it, and to the record's name. */
  prefix?: string
}

export type Encoded = Packed | Unencodable

export type Unencodable =
  | { refused: 'too-large'; bytes: number; maxSize: number }
  | { refused: 'unserializable'; error: unknown }

/** Values to payloads and back. Of a record it knows the name: what is encrypted can be read under that name only. */
export interface Codec {
  readonly compression: string
  readonly serializer: Serializer
  /** Why data is stored uncompressed: the library cannot be loaded. One sentence with the remedy. */
  readonly unavailable: string | undefined
  /**
   * The data as it is at the call: later changes are not in it.
   *
   * @param record the name of the record that it is for
   * @param make the data as text, where it is more than the serializer's text of it; what it throws is `unserializable`
   */
  encode(data: Data, record: string, make?: () => string): Promise<Encoded>
  /**
   * The data with its origin. Rejects with a `PayloadError`.
   *
   * @param record the name of the record that it was found in
   */
  read(payload: Buffer, record: string): Promise<Decoded>
  /** The data alone. Rejects as `read`. */
  decode(payload: Buffer, record: string): Promise<Data>
  /** For people. */
  describe(payload: Buffer, record: string): Promise<Description>
  /** The same, encrypted with the key that writes now; undefined where it is already. Throws a `PayloadError`. */
  resealed(payload: Buffer, record: string): Buffer | undefined
}

export interface Description {
  /** `unknown` where it cannot be decrypted. */
  compression: string
  /** The id of the key that encrypted it; undefined for plaintext. */
  encryptedWith: string | undefined
  /** Compressed, without what encryption adds; undefined if it cannot be decrypted. */
  packed: number | undefined
  /** Decompressed; undefined if it cannot be. */
  bytes: number | undefined
}

export { PayloadError }

/** Throws a TypeError for a compression that is not known, and for a level that it does not have. */
export function createCodec(
  options: CodecOptions,
  registry: Registry = REGISTRY,
  serializer: Serializer = JSON_TEXT,
): Codec {
  const {
    compression,
    compressionLevel: level,
    compressionThreshold: threshold,
    maxSize,
    maxDecompressedSize: limit,
    encryption: { keys, required, pad } = NO_ENCRYPTION,
    prefix = '',
  } = options
  const wrong = registry.wrong(options)
  if (wrong)
    throw new TypeError(`${wrong.option}: expected ${wrong.rule}${wrong.why ? `: ${wrong.why}` : ''}`)
  const encryption = createEncryption({ keys, required, pad })
  let { compressor, unavailable } = chosen(registry.named(compression))
  const read = async (payload: Buffer, record: string) =>
    serializer.read(await unpack(encryption.open(payload, prefix + record), limit, registry))
  return {
    compression,
    serializer,
    unavailable,
    async encode(data, record, make = () => serializer.text(data)) {
      let bytes: Buffer
      try {
        bytes = serializer.bytes(make())
      } catch (error) {
        return { refused: 'unserializable', error }
      }
      if (maxSize > 0 && bytes.length > maxSize) {
        return { refused: 'too-large', bytes: bytes.length, maxSize }
      }
      const packed = await pack(bytes, { compressor, level, threshold })
      // Reported at start and with this first session: every other one would say the same.
      if (unavailable !== undefined && packed.compressionFailed !== undefined) compressor = undefined
      return { ...packed, payload: encryption.seal(packed.payload, prefix + record) }
    },
    read,
    decode: async (payload, record) => (await read(payload, record)).data,
    async describe(payload, record) {
      const encryptedWith = keyIdOf(payload)
      try {
        const packed = encryption.open(payload, prefix + record)
        const bytes = await lengthOf(packed, limit, registry)
        return { encryptedWith, compression: compressionOf(packed, registry), packed: packed.length, bytes }
      } catch {
        const compression = encryptedWith === undefined ? compressionOf(payload, registry) : 'unknown'
        return { encryptedWith, compression, packed: undefined, bytes: undefined }
      }
    },
    resealed(payload, record) {
      if (!encryption.isOutdated(payload)) return undefined
      return encryption.seal(encryption.open(payload, prefix + record), prefix + record)
    },
  }
}

const NO_ENCRYPTION: EncryptionOptions = { keys: [], required: false, pad: 0 }

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
