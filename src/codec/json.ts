import { parse } from 'secure-json-parse'
import { PayloadError } from './payload.ts'

export type Data = Record<string, unknown>

/** The data of a session as JSON. Throws what `JSON.stringify` throws: cycles, BigInt, a failing toJSON. */
export function serialize(data: Data): Buffer {
  return Buffer.from(JSON.stringify(data) ?? '{}')
}

/** Keys that would pollute a prototype once somebody merges them (`__proto__`, `constructor.prototype`) are left out. */
export function deserialize(bytes: Buffer): Data {
  let value: unknown
  try {
    value = parse(bytes.toString(), null, { protoAction: 'remove', constructorAction: 'remove' })
  } catch (error) {
    throw new PayloadError('the payload is no JSON', { cause: error })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PayloadError('the payload is JSON, and no object')
  }
  return value as Data
}
