import type { IncomingMessage, ServerResponse } from 'node:http'
import session from 'express-session'
import type { Data } from '../codec/json.ts'
import { SessionError } from '../errors.ts'
import type { Sessions } from '../handler.ts'
import { keepAliveById, storeById } from '../http/by-id.ts'
import { callBack, type Done, throwUncaught } from '../http/callback.ts'
import { isGone, onceGone } from '../http/gone.ts'
import { type Listing, listingOf } from '../http/listing.ts'
import { refusalOf } from '../session/outcome.ts'
import type { Session } from '../session.ts'
import { asRequest, currentExchange, type Exchange, responseOf, watchRequests } from './current-request.ts'
import { type ExpressStoreOptions, openOptions, type Request } from './express-options.ts'
import { answerFailedOpen } from './failed-open.ts'
import { commitBeforeHeaders } from './response-end.ts'
import { type ExpressSession, type SessionRequest, Visit } from './visit.ts'

export type { OnOpenError } from './failed-open.ts'
export type { OnCommitError } from './response-end.ts'
export type { ExpressStoreOptions }

/**
 * A store for express-session 1.17 and later. Sessions that did not change are kept alive and not written, with `resave` too.
 */
export function expressStore(sessions: Sessions<object>, options: ExpressStoreOptions = {}): ExpressStore {
  return new ExpressStore(sessions as Sessions, options)
}

type Got = (error?: unknown, data?: session.SessionData | null) => void
type Generate = (req: SessionRequest) => void

/** The store that `expressStore` makes. express-session calls its methods; an application may call them too. */
export class ExpressStore extends session.Store {
  readonly #sessions: Sessions
  readonly #options: ExpressStoreOptions
  readonly #visits = new WeakMap<object, Visit>()
  /** Responses whose end is watched. */
  readonly #watched = new WeakSet<ServerResponse>()
  /** Opened by `get`, and not yet adopted by a request: its callback is running. */
  #offered: Visit | undefined
  /** The visit whose session gets a new id: `generate` is running. */
  #regenerating: Visit | undefined
  #generate: Generate = () => {
    throw new TypeError('pass this store to session() first')
  }

  // biome-ignore lint/suspicious/noExplicitAny: as express-session's types have it
  override readonly all: (got: (error: any, all?: session.SessionData[]) => void) => void
  /** The records' names: ids with `plain` naming, hashes of them otherwise. */
  readonly ids: Listing['ids']
  override readonly length: Listing['length']
  override readonly clear: Listing['clear']

  constructor(sessions: Sessions, options: ExpressStoreOptions) {
    super()
    if (sessions.sharedCookie) {
      throw new TypeError(
        'sessions: expected sessions without the option php, got some with it (the code): express-session signs its cookie, and PHP takes no signed id. Use session() of latchkey/express',
      )
    }
    this.#sessions = sessions
    this.#options = options
    watchRequests()
    const { all, ids, length, clear } = listingOf(sessions)
    this.all = all as ExpressStore['all']
    this.ids = ids
    this.length = length
    this.clear = clear
    Object.defineProperty(this, 'generate', {
      get: () => this.#generate,
      set: (generate: Generate) => {
        this.#generate = req => this.#begin(req, generate)
      },
    })
  }

  /** A middleware to put before `session()` where requests do not come from a node:http server. */
  readonly requests = (req: IncomingMessage, res: ServerResponse, next: () => void): void =>
    asRequest(req, res, next)

  /** Opens the session, with its lock inside of a request. No data is passed if there is no such session. */
  override get = (sid: string, got: Got): void => {
    const exchange = currentExchange()
    const own = this.#own(sid)
    if (own?.open)
      callBack(
        own.reload().then(data => (data ? withCookie(data) : null)),
        got,
      )
    else
      this.#open(sid, exchange)
        .then(
          visit => this.#offer(visit, got),
          error => answerFailedOpen(error, sid, exchange, this.#options.onOpenError, got),
        )
        .catch(throwUncaught)
  }

  /** Stores the data. At the end of a response the lock is given back in the same step. */
  override set = (sid: string, data: session.SessionData, done: Done = noop): void => {
    const visit = this.#own(sid, data)
    if (!visit) {
      callBack(storeById(this.#sessions, sid, data as unknown as Data, 'set'), done)
      return
    }
    // At the end of a good response an error would cut the connection; before it and after it the caller asked, and is told.
    const told = !visit.ending || visit.res?.writableEnded || this.#options.refusedIsError
    callBack(visit.commit(data), (error, outcome) =>
      done(error ?? (told && outcome ? refusalOf(outcome) : null)),
    )
  }

  /** Keeps the session alive without a write, and gives its lock back. */
  override touch = (sid: string, data: session.SessionData, done: Done = noop): void => {
    const visit = this.#own(sid, data)
    // The response is on its way and nothing is lost; the event `store-failed` tells of it.
    if (visit) callBack(visit.touch(data), () => done(null))
    else callBack(keepAliveById(this.#sessions, sid, data, 'touch'), done)
  }

  /** Ends the session, even while another request holds its lock. */
  override destroy = (sid: string, done: Done = noop): void => {
    const own = this.#own(sid)
    callBack<unknown>(own ? own.destroy() : this.#sessions.destroy(sid), error => done(error))
  }

  /** Gives the request a new, empty session under a new id, and ends the old one. */
  override regenerate(req: Request, done: Done): void {
    const visit = this.#visits.get(req)
    const own = visit?.session.id === req.sessionID && visit.open ? visit : undefined
    const request = req as SessionRequest
    if (own) {
      const generate = () => {
        this.#regenerating = own
        try {
          this.#generate(request)
        } finally {
          this.#regenerating = undefined
        }
        return request.sessionID ?? ''
      }
      // As `destroy` does, it calls back later.
      const regenerated = Promise.resolve().then(() => own.regenerate(generate))
      callBack(regenerated, error => {
        if (error instanceof SessionError && error.code === 'ID_MALFORMED') delete request.session
        done(error)
      })
      return
    }
    this.destroy(req.sessionID, error => {
      let failure = error
      try {
        this.#generate(request)
      } catch (malformed) {
        failure ??= malformed
      }
      done(failure)
    })
  }

  /** Called by the middleware inside `get`'s callback, and by `reload` and `load`. */
  override createSession(
    req: IncomingMessage,
    data: session.SessionData,
  ): session.Session & session.SessionData {
    const request = req as SessionRequest
    const offered = this.#offered
    const created = super.createSession(req as Request, data)
    if (offered && (offered.session.data as object) === data) {
      this.#offered = undefined
      this.#adopt(request, offered, created)
    }
    const visit = this.#visits.get(request)
    // Just opened, or reloaded.
    if ((visit?.session.data as object) === data) visit?.begin(created)
    this.#bindReload(request, created)
    return created
  }

  #adopt(req: SessionRequest, visit: Visit, created: ExpressSession): void {
    const before = this.#visits.get(req)
    if (before?.open && before.session.id === visit.session.id && !visit.session.locked) {
      // A `get` that did not know its request: it goes on with the lock that the request has.
      before.begin(created)
      visit.release({ touch: false })
      return
    }
    before?.release({ touch: false })
    this.#visits.set(req, visit)
    if (!visit.res) return
    // `load` makes up a request for itself, which never ends.
    if (responseOf(req) === visit.res) this.#watch(req, visit.res)
    else visit.release({ touch: false })
  }

  #begin(req: SessionRequest, generate: Generate): void {
    generate(req)
    const before = this.#visits.get(req)
    if (before && before === this.#regenerating) {
      if (req.session) this.#bindReload(req, req.session)
      return
    }
    // What the client sent and nobody knows, or one just destroyed.
    before?.release({ touch: false })
    const res = before?.res ?? responseOf(req)
    const visit = new Visit(this.#create(req), res)
    if (before?.ending) visit.ending = true
    // A new id in a request that had a session is stored even if it is empty, as express-session does.
    if (!before && req.session) visit.begin(req.session)
    this.#visits.set(req, visit)
    if (req.session) this.#bindReload(req, req.session)
    if (res) this.#watch(req, res)
  }

  #create(req: SessionRequest) {
    try {
      return this.#sessions.create(req.sessionID ?? '', openOptions(this.#options, req))
    } catch (error) {
      // Or express-session would try to store it, and cut the connection of the answer that tells of this error.
      delete req.session
      throw error
    }
  }

  /** An own `reload`, so that it finds its request, and with it the lock, even where its caller has lost the context. */
  #bindReload(req: SessionRequest, created: ExpressSession): void {
    const { reload } = session.Session.prototype as session.Session
    const value = (done: Done) => {
      const res = this.#visits.get(req)?.res
      asRequest(req, res, () => reload.call(created as unknown as session.Session, done))
      return created
    }
    Object.defineProperty(created, 'reload', { configurable: true, enumerable: false, writable: true, value })
  }

  #watch(req: SessionRequest, res: ServerResponse): void {
    if (this.#watched.has(res)) return
    this.#watched.add(res)
    const { commitBeforeHeaders: enabled = true, refusedIsError = false, onCommitError } = this.#options
    commitBeforeHeaders(req, res, () => this.#visits.get(req), { enabled, refusedIsError, onCommitError })
  }

  async #open(sid: string, exchange: Exchange | undefined): Promise<Visit | undefined> {
    const res = exchange && responseOf(exchange.req, exchange)
    const live = res !== undefined && !isGone(res) && !res.writableEnded
    // Nobody would end what a socket or a script opens: it gets no lock, and its save is taken if nothing has changed.
    if (!exchange || !live)
      return this.#visit(await this.#sessions.open(sid, { access: 'optimistic' }), undefined)
    const gone = new AbortController()
    const forget = onceGone(res, () => gone.abort())
    try {
      const options = { ...openOptions(this.#options, exchange.req), signal: gone.signal }
      const keepsAlive = this.#options.keepsAlive?.(exchange.req as Request) ?? true
      return this.#visit(await this.#sessions.open(sid, options), res, keepsAlive)
    } finally {
      forget()
    }
  }

  #visit(opened: Session, res: ServerResponse | undefined, keepsAlive = true): Visit | undefined {
    if (!opened.isNew) return new Visit(opened, res, keepsAlive)
    opened.awaitEnd(false)
    return undefined
  }

  /** Calls back at once, and sees whether a request took the session; if none did, nobody would ever give it back. */
  #offer(visit: Visit | undefined, got: Got): void {
    if (!visit) {
      got(null, null)
      return
    }
    this.#offered = visit
    try {
      got(null, withCookie(visit.session.data))
    } finally {
      if (this.#offered === visit) {
        this.#offered = undefined
        visit.release({ touch: false })
      }
    }
  }

  /** This request's own visit to this session: known by the data, or by the running code. */
  #own(sid: string, data?: ExpressSession): Visit | undefined {
    const req = data?.req ?? currentExchange()?.req
    const visit = req && this.#visits.get(req)
    return visit?.session.id === sid ? visit : undefined
  }
}

/** PHP's sessions have no cookie, or something of their own by that name, and express-session cannot do without. */
function withCookie(data: Data): session.SessionData {
  if (typeof data.cookie !== 'object' || data.cookie === null) data.cookie = { originalMaxAge: null }
  return data as unknown as session.SessionData
}

function noop(): void {}
