import { EventEmitter } from 'node:events'
import type { Data } from '../codec/json.ts'
import type { Sessions } from '../handler.ts'
import { keepAliveById, storeById } from '../http/by-id.ts'
import { callBack, type Done } from '../http/callback.ts'
import { type Listing, listingOf } from '../http/listing.ts'
import { hostOf } from './host.ts'
import { RequestSession, regenerate, type SessionRequest } from './request-session.ts'

type Got<T> = (error?: unknown, found?: T) => void

/**
 * `req.sessionStore`: sessions by their ids, from outside of their requests. Nothing here takes a lock for longer than one step.
 */
export class SessionStore extends EventEmitter {
  readonly #sessions: Sessions

  /** The data of all sessions, each with its record's name as `id`. */
  readonly all: Listing['all']
  /** The records' names: ids with `plain` naming, hashes of them otherwise. */
  readonly ids: Listing['ids']
  /** How many sessions there are. */
  readonly length: Listing['length']
  /** Ends every session under the prefix. */
  readonly clear: Listing['clear']

  /** @internal */
  constructor(sessions: Sessions) {
    super()
    this.#sessions = sessions
    const { all, ids, length, clear } = listingOf(sessions)
    this.all = all
    this.ids = ids
    this.length = length
    this.clear = clear
  }

  /** The data of a session, without its lock; undefined if there is none. */
  get = (id: string, got: Got<Data | null>): void => {
    callBack(
      this.#sessions
        .open(id, { access: 'readonly', request: 'sessionStore.get' })
        .then(session => (session.isNew || session.isOver ? null : session.data)),
      got,
    )
  }

  /**
   * Stores data under this id, whatever was there. A session that has ended is not brought back. Given `req.session` it is that
   * session's `save`. Other data waits for the lock; in the request that holds it that is refused with `SELF_WAIT`.
   */
  set = (id: string, data: object, done: Done = noop): void => {
    if (data instanceof RequestSession && data.id === id) data.save(done)
    else callBack(storeById(this.#sessions, id, { ...data }, 'sessionStore.set'), done)
  }

  /** Keeps a session alive. */
  touch = (id: string, data: object, done: Done = noop): void => {
    callBack(keepAliveById(this.#sessions, id, data, 'sessionStore.touch'), done)
  }

  /** Ends a session, even while a request holds its lock. */
  destroy = (id: string, done: Done = noop): void => {
    callBack(this.#sessions.destroy(id), error => done(error))
  }

  /** A new session for this request. */
  regenerate = (req: SessionRequest, done: Done = noop): void => {
    const host = hostOf(req)
    if (host) callBack(regenerate(host), done)
    else done(new TypeError('This request has no session: mount session() before what regenerates it.'))
  }
}

function noop(): void {}
