import { isPromise } from 'node:util/types'
import { type Compressor, unsure } from './compressor.ts'
import { type Data, deserialize, serialize } from './json.ts'
import { compressionOf, PayloadError, packOff, unpackOff } from './payload.ts'
import { REGISTRY, type Registry } from './registry.ts'
import { gzipByZlibSync } from './zlib-sync.ts'

export interface CodecOptions {
  compression: string
  compressionLevel: number | null
  compressionThreshold: number
  maxSize: number
  maxDecompressedSize: number
  /** `node:zlib` by default. */
  inflateWith?: 'node:zlib' | 'zlib-sync'
}

export type Encoded = { payload: Buffer; compressionFailed?: unknown } | Unencodable

export type Unencodable =
  | { refused: 'too-large'; bytes: number; maxSize: number }
  | { refused: 'unserializable'; error: unknown }

/** Values to payloads and back. Knows neither keys nor records. */
export interface Codec {
  readonly compression: string
  /** Why data is stored uncompressed: the library cannot be loaded. One sentence with the remedy. */
  readonly unavailable: string | undefined
  /**
   * The data as it is now: what changes afterwards is not in it. A promise where compressing would block the event loop.
   *
   * @param json the data as JSON, where the caller has it already
   */
  encode(data: Data, json?: string): Encoded | Promise<Encoded>
  /** Throws `PayloadError`, or, where decompressing would block the event loop, answers a promise that rejects with it. */
  decode(payload: Buffer): Data | Promise<Data>
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
export function createCodec(options: CodecOptions, libraries: Registry = REGISTRY): Codec {
  const {
    compression,
    compressionLevel: level,
    compressionThreshold: threshold,
    maxSize,
    maxDecompressedSize: limit,
  } = options
  const wrong = libraries.wrong(options)
  if (wrong) throw new TypeError(`${wrong.option} must be ${wrong.rule}`)
  const registry = options.inflateWith === 'zlib-sync' ? inflatedByZlibSync(libraries) : libraries
  let { compressor, unavailable } = chosen(registry.named(compression))
  return {
    compression,
    unavailable,
    encode(data, json) {
      let bytes: Buffer
      try {
        bytes = serialize(data, json)
      } catch (error) {
        return { refused: 'unserializable', error }
      }
      if (maxSize > 0 && bytes.length > maxSize) {
        return { refused: 'too-large', bytes: bytes.length, maxSize }
      }
      let compressionFailed: unknown
      const failed = (error: unknown) => {
        // Somebody's library may throw nothing at all.
        compressionFailed = error ?? new Error('no error was given')
        // Told at start and with this first session: every other one would say the same.
        if (unavailable !== undefined) compressor = undefined
      }
      const encoded = (payload: Buffer): Encoded =>
        compressionFailed === undefined ? { payload } : { payload, compressionFailed }
      const packed = packOff(bytes, { compressor, level, threshold, failed })
      return isPromise(packed) ? packed.then(encoded) : encoded(packed)
    },
    decode(payload) {
      const bytes = unpackOff(payload, limit, registry)
      return isPromise(bytes) ? bytes.then(deserialize) : deserialize(bytes)
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

function inflatedByZlibSync(registry: Registry): Registry {
  const ours = gzipByZlibSync()
  return { ...registry, tagged: tag => (tag === ours.tag ? ours : registry.tagged(tag)) }
}

async function lengthOf(payload: Buffer, limit: number, registry: Registry): Promise<number | undefined> {
  try {
    return (await unpackOff(payload, limit, registry)).length
  } catch {
    return undefined
  }
}
