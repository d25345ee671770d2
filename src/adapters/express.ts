import type { IncomingMessage, ServerResponse } from 'node:http'
import session from 'express-session'
import type { Data } from '../codec/json.ts'
import type { OpenOptions, Sessions } from '../handler.ts'
import type { Access } from '../outcome.ts'
import { asRequest, currentExchange, type Exchange, watchRequests } from './current-request.ts'
import { commitBeforeHeaders, type OnCommitError } from './response-end.ts'
import { type Done, type ExpressSession, errorOf, type SessionRequest, Visit } from './visit.ts'

type Request = Parameters<ReturnType<typeof session>>[0]

export interface ExpressStoreOptions {
  /** How a request uses its session: `exclusive` (default), `readonly` or `optimistic`. */
  access?: (req: Request) => Access
  /**
   * Store the session before the response's headers go out, so that a client that follows a redirect at once finds what
   * was stored. On by default. Responses that have begun with `res.write` are stored at their end.
   */
  commitBeforeHeaders?: boolean
  /**
   * Treat a refused commit (lock lost, session destroyed, too large …) as an error too. Off by default: it is an event and a
   * log line, and the response goes out as it is. A store that fails is always an error.
   */
  refusedIsError?: boolean
  /** Answers a request whose session could not be stored, before its headers went out. By default a plain 503. */
  onCommitError?: OnCommitError
}

/** A store for express-session 1.17 and later. */
export function expressStore(sessions: Sessions, options: ExpressStoreOptions = {}): ExpressStore {
  return new ExpressStore(sessions, options)
}

type Got = (error?: unknown, data?: session.SessionData | null) => void
type Generate = (req: SessionRequest) => void

export class ExpressStore extends session.Store {
  readonly #sessions: Sessions
  readonly #options: ExpressStoreOptions
  readonly #visits = new WeakMap<object, Visit>()
  /** Opened by `get`, and not yet adopted by a request: its callback is running. */
  #offered: Visit | undefined
  #generate: Generate = () => {
    throw new TypeError('the store is not in use by express-session yet')
  }

  constructor(sessions: Sessions, options: ExpressStoreOptions) {
    super()
    this.#sessions = sessions
    this.#options = options
    watchRequests()
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

  override get = (sid: string, got: Got): void => {
    const exchange = currentExchange()
    const own = exchange && this.#visits.get(exchange.req)
    if (own?.open && own.session.id === sid) {
      own.reload().then(data => got(null, data && withCookie(data)), got)
      return
    }
    this.#open(sid, exchange).then(visit => this.#offer(visit, got), got)
  }

  override set = (sid: string, data: session.SessionData, done: Done = noop): void => {
    const visit = this.#visitOf(data as ExpressSession, sid)
    const stored = visit ? visit.commit(data) : this.#store(sid, data)
    stored.then(outcome => {
      // After a good response an error would cut the connection; in mid-request the caller asked, and is told.
      const ending = visit?.ending ?? false
      done(ending && !this.#options.refusedIsError ? null : errorOf(outcome))
    }, done)
  }

  override touch = (sid: string, data: session.SessionData, done: Done = noop): void => {
    const visit = this.#visitOf(data as ExpressSession, sid)
    const touched = visit ? visit.touch(data) : this.#keepAlive(sid)
    touched.then(() => done(null), done)
  }

  override destroy = (sid: string, done: Done = noop): void => {
    const exchange = currentExchange()
    const own = exchange && this.#visits.get(exchange.req)
    const destroyed = own?.session.id === sid ? own.destroy() : this.#sessions.destroy(sid)
    destroyed.then(() => done(null), done)
  }

  /** The data of all sessions. `id` is the id with `plain` naming, and otherwise the record's name, a hash of it. */
  override all = (done: (error: unknown, all?: session.SessionData[]) => void): void => {
    this.#all().then(all => done(null, all), done)
  }

  /** As in `all`. */
  readonly ids = (done: (error: unknown, ids?: string[]) => void): void => {
    this.#names().then(names => done(null, names), done)
  }

  override length = (done: (error: unknown, length?: number) => void): void => {
    this.#names().then(names => done(null, names.length), done)
  }

  /** Destroys every session under the prefix. */
  override clear = (done: Done = noop): void => {
    this.#clear().then(() => done(null), done)
  }

  /** Called by the middleware inside `get`'s callback, and by `reload` and `load`. */
  override createSession(
    req: IncomingMessage,
    data: session.SessionData,
  ): session.Session & session.SessionData {
    const request = req as SessionRequest
    const offered = this.#offered
    const created = super.createSession(req as Parameters<session.Store['createSession']>[0], data)
    if (offered && (offered.session.data as object) === data) {
      this.#offered = undefined
      this.#adopt(request, offered)
    }
    return created
  }

  #adopt(req: SessionRequest, visit: Visit): void {
    const before = this.#visits.get(req)
    if (before?.open && before.session.id === visit.session.id) {
      // A reload that did not know its request: it goes on with the lock that the request has.
      before.take(visit.session.data)
      visit.release()
      return
    }
    this.#visits.set(req, visit)
    if (!visit.res) return
    // `load` makes up a request for itself, which never ends.
    if (responseOf(req, currentExchange()) === visit.res) {
      commitBeforeHeaders(req, visit.res, () => this.#visits.get(req), this.#endOptions)
    } else visit.release()
  }

  #begin(req: SessionRequest, generate: Generate): void {
    generate(req)
    const before = this.#visits.get(req)
    // The session that this one follows may be one that the client sent and nobody knows, or one just destroyed.
    before?.release()
    const res = before?.res ?? responseOf(req, currentExchange())
    const created = this.#sessions.create(req.sessionID ?? '', this.#openOptions(req))
    const visit = new Visit(created, res, {}, before !== undefined)
    if (before?.ending) visit.ending = true
    this.#visits.set(req, visit)
    if (res && !before) commitBeforeHeaders(req, res, () => this.#visits.get(req), this.#endOptions)
  }

  async #open(sid: string, exchange: Exchange | undefined): Promise<Visit | undefined> {
    const res = exchange && responseOf(exchange.req, exchange)
    const live = res !== undefined && !res.closed && !res.writableEnded
    // Nobody would end what a socket or a script opens: it gets no lock, and its save is taken if nothing has changed.
    if (!exchange || !live)
      return this.#visit(await this.#sessions.open(sid, { access: 'optimistic' }), undefined)
    const gone = new AbortController()
    const abort = () => gone.abort()
    res.once('close', abort)
    try {
      const options = { ...this.#openOptions(exchange.req), signal: gone.signal }
      return this.#visit(await this.#sessions.open(sid, options), res)
    } finally {
      res.off('close', abort)
    }
  }

  #visit(opened: Awaited<ReturnType<Sessions['open']>>, res: ServerResponse | undefined): Visit | undefined {
    if (opened.isNew) return undefined
    const visit = new Visit(opened, res, opened.data, false)
    if (res?.closed) visit.release()
    return visit
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
        visit.release()
      }
    }
  }

  #visitOf(data: ExpressSession, sid: string): Visit | undefined {
    const visit = data.req && this.#visits.get(data.req)
    return visit?.session.id === sid ? visit : undefined
  }

  /** `set` by a caller that got no session from here: it says what shall be stored, and it is. */
  async #store(sid: string, data: session.SessionData) {
    const opened = await this.#sessions.open(sid, { request: 'set' })
    const stored = opened.isNew ? this.#sessions.create(sid, { request: 'set' }) : opened
    stored.data = data as unknown as Data
    return stored.commit()
  }

  async #keepAlive(sid: string): Promise<void> {
    const opened = await this.#sessions.open(sid, { access: 'optimistic' })
    await opened.release({ touch: true })
  }

  async #names(): Promise<string[]> {
    const names = new Set<string>()
    for await (const name of this.#sessions.names()) names.add(name)
    return [...names]
  }

  async #all(): Promise<session.SessionData[]> {
    const all: session.SessionData[] = []
    for (const id of await this.#names()) {
      const data = await this.#sessions.peek(id)
      if (data) all.push({ ...data, id } as unknown as session.SessionData)
    }
    return all
  }

  async #clear(): Promise<void> {
    for (const name of await this.#names()) await this.#sessions.store.destroy(name)
  }

  get #endOptions() {
    return { enabled: this.#options.commitBeforeHeaders ?? true, onCommitError: this.#options.onCommitError }
  }

  #openOptions(req: IncomingMessage): OpenOptions {
    return {
      access: this.#options.access?.(req as Request) ?? 'exclusive',
      userAgent: req.headers['user-agent'],
      request: `${req.method} ${req.headers.host ?? ''}${(req as { originalUrl?: string }).originalUrl ?? req.url ?? ''}`,
    }
  }
}

function responseOf(req: SessionRequest, exchange: Exchange | undefined): ServerResponse | undefined {
  return req.res ?? (exchange?.req === req ? exchange.res : undefined)
}

/** PHP's sessions have no cookie, and express-session cannot do without. */
function withCookie(data: Data): session.SessionData {
  data.cookie ??= { originalMaxAge: null }
  return data as unknown as session.SessionData
}

function noop(): void {}
