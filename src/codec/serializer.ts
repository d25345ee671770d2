import type { Data } from './json.ts'

/** Data as it was read. */
export interface Decoded {
  data: Data
  /** The text that it was read from, before any change; undefined for data that was not read. */
  source?: string | undefined
  /** What the serializer must know to write what did not change as it was; undefined where it needs nothing. */
  origin?: unknown
}

/** The data of a session to text and back. Whether data changed is seen by its text. */
export interface Serializer {
  /** For messages. */
  readonly name: 'JSON' | 'PHP'
  /** The text of a session without data. */
  readonly empty: string
  /** The variable that keeps what a session says about its own cookie: express-session's in JSON, elsewhere one of our own. */
  readonly cookieName: string
  /** Throws a `PayloadError`. */
  read(bytes: Buffer): Decoded
  /**
   * The data as text, to be made once a step. Throws for what cannot be written, or would never be read again.
   *
   * @param origin of the data that this was, when it was read
   */
  text(data: Data, origin?: unknown): string
  /** The bytes of a text. Throws as `text`. */
  bytes(text: string): Buffer
  /** Whether a text says the same as one that another program may have written. */
  isSame(text: string, source: string | undefined): boolean
  /**
   * Whether data from before a new id may still be read under the old one: a login adds to it. What a logout takes away is gone
   * for both.
   */
  keepsAll(before: string, after: string): boolean
}
