import type { Data } from '../codec/json.ts'
import { SessionError } from '../errors.ts'
import type { Sessions } from '../handler.ts'
import { callBack, type Done } from './callback.ts'

/** What users of express-session expect of a store beside what express-session asks of it. */
export interface Listing {
  /** The data of all sessions, each with its record's name as `id`: give that to `sessions.end`. */
  all(got: (error?: unknown, all?: Data[]) => void): void
  /** The records' names: ids with `plain` naming, hashes of them otherwise. */
  ids(got: (error?: unknown, ids?: string[]) => void): void
  length(got: (error?: unknown, length?: number) => void): void
  /** Ends every session under the prefix. */
  clear(done?: Done): void
}

export function listingOf(sessions: Sessions): Listing {
  return {
    all: got => callBack(allData(sessions), got),
    ids: got => callBack(allNames(sessions), got),
    length: got =>
      callBack(
        allNames(sessions).then(names => names.length),
        got,
      ),
    clear: (done = () => {}) => callBack(endAll(sessions), error => done(error)),
  }
}

/** Requests that are sent to the store together. */
const BATCH = 100

async function allNames(sessions: Sessions): Promise<string[]> {
  const names = new Set<string>()
  for await (const name of sessions.names()) names.add(name)
  return [...names]
}

/** The data of all sessions, each with its record's name as `id`. */
async function allData(sessions: Sessions): Promise<Data[]> {
  const found = await inBatches(await allNames(sessions), async id => {
    const data = await sessions.peek(id)
    return data && { ...data, id }
  })
  return found.filter(data => data !== undefined)
}

/** Ends every session under the prefix. */
async function endAll(sessions: Sessions): Promise<void> {
  await inBatches(await allNames(sessions), name => sessions.end(name))
}

async function inBatches<T>(names: string[], act: (name: string) => Promise<T>): Promise<(T | undefined)[]> {
  const results: (T | undefined)[] = []
  for (let at = 0; at < names.length; at += BATCH) {
    const batch = names.slice(at, at + BATCH).map(name => act(name).catch(unlessForeign))
    results.push(...(await Promise.all(batch)))
  }
  return results
}

/** A key under the prefix that is no record is another program's. */
function unlessForeign(error: unknown): undefined {
  if (error instanceof SessionError && error.code === 'RECORD_TYPE') return undefined
  throw error
}
