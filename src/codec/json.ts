import { isUtf8 } from 'node:buffer'
import { parse } from 'secure-json-parse'
import { PayloadError } from './payload.ts'

export type Data = Record<string, unknown>

/**
 * The data of a session as JSON. Throws what `JSON.stringify` throws (cycles, BigInt, a failing toJSON), and for what would
 * be written but never be read again as a session: a list, a text, null.
 */
export function serialize(data: Data, json = JSON.stringify(data) ?? '{}'): Buffer {
  if (json[0] !== '{') throw new TypeError('the data of a session must be an object')
  return Buffer.from(json)
}

const sources = new WeakMap<Data, string>()

/** The JSON that data was read from, which says what it was before anybody changed it. */
export function sourceOf(data: Data): string | undefined {
  return sources.get(data)
}

/** Keys that would pollute a prototype once somebody merges them (`__proto__`, `constructor.prototype`) are left out. */
export function deserialize(bytes: Buffer): Data {
  // We never write an empty payload; the PHP reference does, for a session without data.
  if (bytes.length === 0) return {}
  // Read as text, damaged bytes would become question marks in somebody's name, and be stored like that.
  if (!isUtf8(bytes)) throw new PayloadError('the payload is no JSON: it is not UTF-8')
  const json = bytes.toString()
  let value: unknown
  try {
    value = parse(json, null, { protoAction: 'remove', constructorAction: 'remove' })
  } catch (error) {
    throw new PayloadError('the payload is no JSON', { cause: error })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PayloadError('the payload is JSON, and no object')
  }
  sources.set(value as Data, json)
  return value as Data
}
