/** One compression library. A sixth one is one more file of this shape and a line in `registry.ts`. */
export interface Compressor {
  readonly name: string
  /** Four bytes, `:xx:`, in front of what it made; the PHP reference knows the same ones. */
  readonly tag: string
  compress(data: Buffer, level: number | null): Buffer
  /** Throws on damaged input, and as soon as the output would be longer than `limit` bytes (0: no limit). */
  decompress(data: Buffer, limit: number): Buffer
}
