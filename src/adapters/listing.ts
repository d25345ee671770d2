import session from 'express-session'
import { SessionError } from '../errors.ts'
import type { Sessions } from '../handler.ts'
import { callBack, type Done } from './callback.ts'

/** Requests that are sent to the store together. */
const BATCH = 100

/** What express-session never asks of a store and its users expect. */
export abstract class ListingStore extends session.Store {
  readonly #sessions: Sessions

  constructor(sessions: Sessions) {
    super()
    this.#sessions = sessions
  }

  /** The data of all sessions. `id` is the id with `plain` naming, and otherwise the record's name, a hash of it. */
  override all = (done: (error: unknown, all?: session.SessionData[]) => void): void => {
    callBack(dataOf(this.#sessions), done)
  }

  /** As in `all`. */
  readonly ids = (done: (error: unknown, ids?: string[]) => void): void => {
    callBack(namesOf(this.#sessions), done)
  }

  override length = (done: (error: unknown, length?: number) => void): void => {
    const counted = namesOf(this.#sessions).then(names => names.length)
    callBack(counted, done)
  }

  /** Destroys every session under the prefix. */
  override clear = (done: Done = () => {}): void => {
    callBack(destroyAll(this.#sessions), error => done(error))
  }
}

async function namesOf(sessions: Sessions): Promise<string[]> {
  const names = new Set<string>()
  for await (const name of sessions.names()) names.add(name)
  return [...names]
}

async function dataOf(sessions: Sessions): Promise<session.SessionData[]> {
  const found = await inBatches(await namesOf(sessions), async id => {
    const data = await sessions.peek(id)
    return data && { ...data, id }
  })
  return found.filter(data => data !== undefined) as unknown as session.SessionData[]
}

async function destroyAll(sessions: Sessions): Promise<void> {
  await inBatches(await namesOf(sessions), name => sessions.end(name))
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
