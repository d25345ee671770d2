/**
 * One compression library. Another one is one more file of this shape and a line in `registry.ts`, or, of a user's own, a
 * member of `createSessions(…, { compressors })`. It must pass the suite of `test/codec/compressors.test.ts`.
 *
 * It must not be used to encrypt: data below `compressionThreshold`, and data that `compress` does not make smaller, is stored
 * as it is, in plain.
 */
export interface Compressor {
  readonly name: string
  /** Four bytes, `:xx:`, in front of what it made; the PHP reference knows the same ones. */
  readonly tag: string
  /** Absent where the library takes no level. */
  readonly levels?: Levels
  /** Part of Node: where it is missing nothing can be installed, and choosing it is an error at start. */
  readonly builtIn?: boolean
  /** One sentence with the remedy where the library cannot be used here; undefined where it can. */
  unavailable?(): string | undefined
  /** @param level null for the library's default */
  compress(data: Buffer, level: number | null): Buffer
  /** Throws on damaged input, and `LimitExceeded` before it makes more than `limit` bytes (0: no limit). */
  decompress(data: Buffer, limit: number): Buffer
  /** The same on another thread, for what would block the event loop. */
  readonly offThread?: OffThread
}

/** As `unavailable`, at which a user's library may fail, too. */
export function whyUnavailable(compressor: Compressor): string | undefined {
  try {
    return compressor.unavailable?.()
  } catch (error) {
    return unsure(compressor, error)
  }
}

export function unsure({ name }: Compressor, error: unknown): string {
  const what = (error as Error | undefined)?.message ?? String(error)
  return `"${name}" cannot say whether it is available: mend its unavailable(), which threw (${what})`
}

/** What can be a tag, and what data must not begin like. */
export const TAG = /^:[a-z0-9]{2}:$/

export interface Levels {
  readonly min: number
  readonly max: number
  readonly default: number
}

export interface OffThread {
  /** Bytes of data from which compressing at this level takes more than a millisecond. */
  compressFrom(level: number | null): number
  /** Bytes of compressed data from which decompressing may take more than a millisecond. */
  readonly decompressFrom: number
  /**
   * Bytes of data beyond which decompressing may take more than a millisecond, however few they are compressed. For a library
   * that knows the length before it begins: it is asked with this as the limit, and on another thread once it has refused.
   */
  readonly unfoldsTo?: number
  compress(data: Buffer, level: number | null): Promise<Buffer>
  decompress(data: Buffer, limit: number): Promise<Buffer>
}

const EXCEEDED = 'ERR_BUFFER_TOO_LARGE'

/** Its code is that of node:zlib for the same. */
export class LimitExceeded extends RangeError {
  override readonly name = 'LimitExceeded'
  readonly code = EXCEEDED

  constructor(limit: number) {
    super(`the data is longer than ${limit} bytes`)
  }
}

export function exceedsLimit(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === EXCEEDED
}
