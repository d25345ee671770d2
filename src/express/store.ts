import { EventEmitter } from 'node:events'
import type { Data } from '../codec/json.ts'
import type { Sessions } from '../handler.ts'
import { isOwnCookie, maxAgeOf } from '../http/cookie.ts'
import { allData, allNames, endAll } from '../http/listing.ts'
import { refusalOf } from '../outcome.ts'
import { hostOf } from './host.ts'
import {
  type Done,
  RequestSession,
  regenerate,
  type SessionRequest,
  throwUncaught,
} from './request-session.ts'

type Got<T> = (error?: unknown, found?: T) => void

/**
 * `req.sessionStore`: sessions by their ids, from outside of their requests. Nothing here takes a lock for longer than one step.
 */
export class SessionStore extends EventEmitter {
  readonly #sessions: Sessions

  constructor(sessions: Sessions) {
    super()
    this.#sessions = sessions
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
    else callBack(this.#set(id, { ...data } as Data), done)
  }

  /** Keeps a session alive. */
  touch = (id: string, data: object, done: Done = noop): void => {
    const touched = this.#sessions
      .open(id, { access: 'optimistic', request: 'sessionStore.touch' })
      .then(session => session.release({ touch: !session.isNew, maxAge: ageOf(data) }))
    callBack(touched, done)
  }

  /** Ends a session, whoever holds its lock. */
  destroy = (id: string, done: Done = noop): void => {
    callBack(this.#sessions.destroy(id), error => done(error))
  }

  /** The data of all sessions, each with its record's name as `id`: give that to `sessions.end`. */
  all = (got: Got<Data[]>): void => {
    callBack(allData(this.#sessions), got)
  }

  /** The records' names: ids with `plain` naming, hashes of them otherwise. */
  ids = (got: Got<string[]>): void => {
    callBack(allNames(this.#sessions), got)
  }

  length = (got: Got<number>): void => {
    callBack(
      allNames(this.#sessions).then(names => names.length),
      got,
    )
  }

  /** Ends every session under the prefix. */
  clear = (done: Done = noop): void => {
    callBack(endAll(this.#sessions), error => done(error))
  }

  /** A new session for this request. */
  regenerate = (req: SessionRequest, done: Done = noop): void => {
    const host = hostOf(req)
    if (host) callBack(regenerate(host), done)
    else done(new TypeError('This request has no session: mount session() before what regenerates it.'))
  }

  async #set(id: string, data: Data): Promise<void> {
    const maxAge = ageOf(data)
    const replace = (old: Data) => {
      for (const key of Object.keys(old)) delete old[key]
      Object.assign(old, data)
    }
    const outcome = await this.#sessions.update(id, replace, { request: 'sessionStore.set', maxAge })
    if (outcome.written) return
    if (outcome.reason !== 'destroyed') throw refusalOf(outcome)
    const created = this.#sessions.create(id, { request: 'sessionStore.set', maxAge })
    created.data = data
    const error = refusalOf(await created.commit({ maxAge }))
    if (error) throw error
  }
}

function ageOf(data: object): number | undefined {
  const { cookie } = data as { cookie?: unknown }
  return data instanceof RequestSession || isOwnCookie(cookie)
    ? maxAgeOf({}, (cookie as never) ?? undefined)
    : undefined
}

function callBack<T>(promise: Promise<T>, done: (error?: unknown, value?: T) => void): void {
  promise.then(value => done(null, value), done).catch(throwUncaught)
}

function noop(): void {}
