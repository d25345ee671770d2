import type { Codec } from './codec/codec.ts'
import { type Data, textOf } from './codec/json.ts'
import type { CommitOutcome } from './outcome.ts'
import type { Report } from './report.ts'

export interface Encoding {
  payload: Buffer
  /** What it was made of. */
  json: string | undefined
}

/** The data as it is to be stored, or the outcome of a commit that cannot store it. What went wrong is told by an event. */
export async function encoded(
  codec: Codec,
  data: Data,
  given: string | undefined,
  report: Report,
): Promise<Encoding | CommitOutcome> {
  const json = given ?? textIn(data)
  const made = await codec.encode(data, json)
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
