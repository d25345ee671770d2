import { isPromise } from 'node:util/types'
import { type Codec, PayloadError } from './codec/codec.ts'
import type { Emit } from './events.ts'
import type { Surroundings } from './surroundings.ts'

/** Makes data of what was found in a record. One that cannot be read is told by an event, and is not there for its visitor. */
export function decoding(codec: Codec, emit: Emit): Surroundings['decode'] {
  return ({ data }, { hash }, request) => {
    // A PHP neighbour that has locked a session and not yet written it leaves a record without data.
    if (!data) return {}
    const unreadable = (error: unknown): undefined => {
      if (!(error instanceof PayloadError)) throw error
      const about = { session: hash, request }
      emit({ event: 'record-unreadable', why: error.message, bytes: data.length, ...about })
    }
    try {
      const decoded = codec.decode(data)
      return isPromise(decoded) ? decoded.catch(unreadable) : decoded
    } catch (error) {
      return unreadable(error)
    }
  }
}
