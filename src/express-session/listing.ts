import session from 'express-session'
import type { Sessions } from '../handler.ts'
import { allData, allNames, endAll } from '../http/listing.ts'
import { callBack, type Done } from './callback.ts'

/** What express-session never asks of a store and its users expect. */
export abstract class ListingStore extends session.Store {
  readonly #sessions: Sessions

  constructor(sessions: Sessions) {
    super()
    this.#sessions = sessions
  }

  /** The data of all sessions. `id` is the id with `plain` naming, and otherwise the record's name, a hash of it. */
  override all = (done: (error: unknown, all?: session.SessionData[]) => void): void => {
    callBack(allData(this.#sessions) as unknown as Promise<session.SessionData[]>, done)
  }

  /** As in `all`. */
  readonly ids = (done: (error: unknown, ids?: string[]) => void): void => {
    callBack(allNames(this.#sessions), done)
  }

  override length = (done: (error: unknown, length?: number) => void): void => {
    const counted = allNames(this.#sessions).then(names => names.length)
    callBack(counted, done)
  }

  /** Destroys every session under the prefix. */
  override clear = (done: Done = () => {}): void => {
    callBack(endAll(this.#sessions), error => done(error))
  }
}
