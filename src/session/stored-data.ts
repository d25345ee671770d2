import { type Codec, PayloadError } from '../codec/codec.ts'
import type { Data } from '../codec/json.ts'
import type { Emit } from '../events.ts'
import type { CommitOutcome } from './outcome.ts'
import type { Report } from './report.ts'
import type { StoredText } from './stored-text.ts'
import type { Identity, Surroundings } from './surroundings.ts'

export interface Encoding {
  payload: Buffer
  /** What it was made of. */
  text: string
}

/** The data as it is to be stored, or the outcome of a commit that cannot store it. What went wrong is reported. */
export async function encoded(
  codec: Codec,
  data: Data,
  given: string | undefined,
  { identity, text: stored, report }: { identity: Identity; text: StoredText; report: Report },
): Promise<Encoding | CommitOutcome> {
  let text = ''
  const made = await codec.encode(data, identity.name, () => {
    text = given ?? stored.make(data)
    return text
  })
  if ('refused' in made) return report.unencodable(made)
  if (made.compressionFailed !== undefined)
    report.compressionFailed(codec.compression, made.compressionFailed)
  return { payload: made.payload, text }
}

/** A PHP neighbour that has locked a session and not yet written it leaves a record without data. */
const NONE = Buffer.alloc(0)

/** Makes data of what was found in a record. Unreadable data is reported by an event, and is not there for its visitor. */
export function decoding(codec: Codec, emit: Emit): Surroundings['decode'] {
  return async ({ data = NONE }, { name, hash }, request) => {
    try {
      return await codec.read(data, name)
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error
      const { message: why, keyId } = error
      emit({ event: 'record-unreadable', why, keyId, bytes: data.length, session: hash, request })
      return undefined
    }
  }
}
