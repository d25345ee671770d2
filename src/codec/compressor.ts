/**
 * One compression library. Another one is one more file of this shape and a line in `registry.ts`, or, of a user's own, a
 * member of `createSessions(…, { compressors })`. It must pass the suite of `test/codec/compressor-suite.ts`.
 *
 * Both functions may return a promise, and are always awaited. Small data is best compressed at once, which takes less time than
 * handing it to another thread; what would block the event loop for more than a millisecond belongs on another thread. Each
 * library decides that itself, as it knows best how fast it is.
 *
 * Do not encrypt here, but by the option `encryption`: data below `compressionThreshold`, and data that does not get smaller, is
 * stored as it is.
 */
export interface Compressor {
  /** What the option `compression` says: 1 to 32 characters of a–z 0–9 -. */
  readonly name: string
  /** Four bytes, `:xx:`, in front of the compressed data; the PHP reference knows those of gzip, lzf, lz4 and snappy. */
  readonly tag: string
  /** The levels that the library takes; leave them out if it takes none. */
  readonly levels?: Levels
  /** One sentence with the remedy where the library cannot be used here; undefined where it can. */
  unavailable?(): string | undefined
  /**
   * Must not change `data`, and must return more than nothing.
   *
   * @param level null for the library's default
   */
  compress(data: Buffer, level: number | null): Awaitable<Uint8Array>
  /** Throws on damaged input, and `LimitExceeded` before it makes more than `limit` bytes (0: no limit). */
  decompress(data: Buffer, limit: number): Awaitable<Uint8Array>
}

/** A value, or a promise of it. */
export type Awaitable<T> = T | Promise<T>

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
  return `"${name}" threw from unavailable() (${what}); fix that function`
}

/** What can be a tag, and what data must not begin like. */
export const TAG = /^:[a-z0-9]{2}:$/

/** In front of an encrypted payload: the tag of no compression. */
export const ENCRYPTED = ':e1:'

/** The levels of a library, as whole numbers. */
export interface Levels {
  /** The lowest level that the library takes. */
  readonly min: number
  /** The highest level that the library takes. */
  readonly max: number
  /** The level for `compressionLevel: null`. */
  readonly default: number
}

const EXCEEDED = 'ERR_BUFFER_TOO_LARGE'

/** The error of `decompress` when the data would grow beyond the limit. Its code is that of node:zlib for the same. */
export class LimitExceeded extends RangeError {
  /** `LimitExceeded`. */
  override readonly name = 'LimitExceeded'
  /** The code of node:zlib for the same error. */
  readonly code = EXCEEDED

  /** @param limit in bytes */
  constructor(limit: number) {
    super(`the data is longer than ${limit} bytes`)
  }
}

export function exceedsLimit(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === EXCEEDED
}
