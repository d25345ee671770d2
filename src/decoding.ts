import { type Codec, PayloadError } from './codec/codec.ts'
import type { Emit } from './events.ts'
import type { Surroundings } from './surroundings.ts'

/** Makes data of what was found in a record. Unreadable data is reported by an event, and is not there for its visitor. */
export function decoding(codec: Codec, emit: Emit): Surroundings['decode'] {
  return async ({ data }, { hash }, request) => {
    // A PHP neighbour that has locked a session and not yet written it leaves a record without data.
    if (!data) return {}
    try {
      return await codec.decode(data)
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error
      emit({ event: 'record-unreadable', why: error.message, bytes: data.length, session: hash, request })
      return undefined
    }
  }
}
