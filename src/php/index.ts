// PHP's session text as `latchkey/php`.
import type { Data } from '../codec/json.ts'
import type { SerializeHandler } from './serialize-handlers.ts'
import { readSession, variablesOf, writeSession } from './session-text.ts'
import type { PhpValue } from './values.ts'

export { type MagentoVisitor, type MagentoWebsite, magento } from './magento.ts'
export type { SerializeHandler } from './serialize-handlers.ts'
export {
  PhpEnum,
  PhpFloat,
  type PhpKey,
  type PhpMap,
  PhpObject,
  type PhpProperty,
  PhpSerialized,
  type PhpValue,
} from './values.ts'

/** A PHP session that was decoded. */
export interface PhpSession {
  /** The session's variables, to be changed. */
  readonly data: Data
  /** All variables as they were read, with those that `data` cannot show: a name that is not UTF-8 (a Buffer), and `__proto__`. */
  readonly variables: ReadonlyMap<string | Buffer, PhpValue>
  /**
   * The text of the data as it is now. What did not change is byte for byte as it was.
   *
   * @param data other data in the place of this session's
   * @throws {TypeError} names a value or a variable that PHP could not read again
   */
  encode(data?: Data): Buffer
}

/**
 * Reads a session as PHP's `session_decode` does.
 *
 * @param text at most as long as fits into a string: 512 MB
 * @param handler PHP's `session.serialize_handler`; `php` by default, as in PHP
 * @throws {PayloadError} for a text that PHP would not accept, in time and memory proportional to its length
 */
export function decodeSession(text: Uint8Array, handler: SerializeHandler = 'php'): PhpSession {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
  const read = readSession(handler, bytes.toString('latin1'))
  return {
    data: read.data,
    variables: variablesOf(read),
    encode: (data = read.data) => Buffer.from(writeSession(handler, data, read), 'latin1'),
  }
}

/**
 * The text of a new session, as PHP's `session_encode` writes it.
 *
 * @param handler PHP's `session.serialize_handler`; `php` by default, as in PHP
 * @throws {TypeError} names a value or a variable that PHP could not read again
 */
export function encodeSession(data: Data, handler: SerializeHandler = 'php'): Buffer {
  return Buffer.from(writeSession(handler, data), 'latin1')
}
