import { isDeepStrictEqual } from 'node:util'
import type { Data } from '../codec/json.ts'
import type { Serializer } from '../codec/serializer.ts'
import { valueAt } from './nodes.ts'
import type { SerializeHandler } from './serialize-handlers.ts'
import { type ReadSession, readSession, writeSession } from './session-text.ts'

/** The variable in which a session keeps what it says about its own cookie. */
const COOKIE = '_latchkey_cookie'

/**
 * Sessions in PHP's text, for sessions that PHP reads too. Their origin is the text that was read, with its values: what did not
 * change is written as it was. A text has one character a byte.
 */
export function phpSerializer(handler: SerializeHandler): Serializer {
  return {
    name: 'PHP',
    empty: writeSession(handler, {}),
    cookieName: COOKIE,
    read(bytes) {
      const read = readSession(handler, bytes.toString('latin1'))
      return { data: read.data, source: read.text, origin: read }
    },
    text(data = {}, origin) {
      const variables = asVariables(data)
      return writeSession(handler, variables, originOf(variables, origin))
    },
    bytes: text => Buffer.from(text, 'latin1'),
    // A text that PHP wrote is written as it was.
    isSame: (text, source) => text === source,
    keepsAll(before, after) {
      const kept = readSession(handler, after).root
      return readSession(handler, before).root.entries.every(({ id, node }) => {
        // The cookie's settings are a door's, and no data of the visitor.
        if (id === COOKIE) return true
        const entry = kept.entry(id)
        return entry !== undefined && isDeepStrictEqual(valueAt(node), valueAt(entry.node))
      })
    },
  }
}

/** Data that was replaced by nothing takes nothing along, also not the variables that it cannot show. */
function originOf(data: Data, origin: unknown): ReadSession | undefined {
  const read = origin as ReadSession | undefined
  return read && data !== read.data && Object.keys(data).length === 0 ? undefined : read
}

/** As JSON asks it: what a door gives to applications says by `toJSON` what is in it. */
function asVariables(given: Data): Data {
  const { toJSON } = given ?? {}
  const data: unknown = typeof toJSON === 'function' ? toJSON.call(given, '') : given
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data as Data
  throw new TypeError('the data of a session must be an object')
}
