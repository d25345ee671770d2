import type { Codec } from './codec/codec.ts'
import type { Data } from './codec/json.ts'
import type { CommitOutcome } from './outcome.ts'
import type { Telling } from './telling.ts'

/** The data as it is to be stored, or the outcome of a commit that cannot store it. What went wrong is told by an event. */
export async function encoded(
  codec: Codec,
  data: Data,
  json: string | undefined,
  telling: Telling,
): Promise<Buffer | CommitOutcome> {
  const made = await codec.encode(data, json)
  if ('refused' in made) return telling.unencodable(made)
  if (made.compressionFailed !== undefined)
    telling.compressionFailed(codec.compression, made.compressionFailed)
  return made.payload
}
