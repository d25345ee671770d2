import { type Codec, PayloadError } from '../codec/codec.ts'
import { type Data, textOf } from '../codec/json.ts'
import type { Emit } from '../events.ts'
import type { CommitOutcome } from './outcome.ts'
import type { Report } from './report.ts'
import type { Identity, Surroundings } from './surroundings.ts'

export interface Encoding {
  payload: Buffer
  /** What it was made of. */
  json: string | undefined
}

/** The data as it is to be stored, or the outcome of a commit that cannot store it. What went wrong is reported. */
export async function encoded(
  codec: Codec,
  data: Data,
  given: string | undefined,
  { identity, report }: { identity: Identity; report: Report },
): Promise<Encoding | CommitOutcome> {
  const json = given ?? textIn(data)
  const made = await codec.encode(data, identity.name, json)
  if ('refused' in made) return report.unencodable(made)
  if (made.compressionFailed !== undefined)
    report.compressionFailed(codec.compression, made.compressionFailed)
  return { payload: made.payload, json }
}

/** Undefined for what has none: the codec says why. */
function textIn(data: Data): string | undefined {
  try {
    return textOf(data)
  } catch {
    return undefined
  }
}

/** A PHP neighbour that has locked a session and not yet written it leaves a record without data. */
const NONE = Buffer.alloc(0)

/** Makes data of what was found in a record. Unreadable data is reported by an event, and is not there for its visitor. */
export function decoding(codec: Codec, emit: Emit): Surroundings['decode'] {
  return async ({ data = NONE }, { name, hash }, request) => {
    try {
      return await codec.decode(data, name)
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error
      const { message: why, keyId } = error
      emit({ event: 'record-unreadable', why, keyId, bytes: data.length, session: hash, request })
      return undefined
    }
  }
}
