// One application in both houses: Express 5, and bare node:http with express-session as connect middleware.
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import express from 'express'
import session from 'express-session'
import { type ExpressOptions, session as ownSession, SessionStore } from '../../src/express/index.ts'
import { type ExpressStore, type ExpressStoreOptions, expressStore } from '../../src/express-session/index.ts'
import type { OptionsInput, Sessions } from '../../src/index.ts'
import { ALL_CASES } from '../support/all-cases.ts'
import { type Answer, type Asked, ask, cookieOf, listen } from '../support/http.ts'
import type { RedisServer } from '../support/redis-server.ts'
import { eventually, HUMAN, type Watched, watchedSessions } from '../support/sessions.ts'

declare module 'express-session' {
  interface SessionData {
    n: number
    user: string
    [key: string]: unknown
  }
}

export type Req = express.Request
export type Res = ServerResponse
export type Handler = (req: Req, res: Res) => unknown
/** `own door`: Express with the middleware of our own in place of express-session and its store. */
export type House = 'Express 5' | 'node:http' | 'own door'

export interface Building {
  house?: House
  /** `memory`, or a server. */
  on: Pick<RedisServer, 'url'> | 'memory'
  routes: Record<string, Handler>
  options?: OptionsInput
  store?: ExpressStoreOptions
  session?: Partial<session.SessionOptions>
  /** In front of `session()`, and between it and the routes. */
  before?: express.RequestHandler[]
  after?: express.RequestHandler[]
}

export interface App extends Watched {
  store: ExpressStore
  port: number
  /** What reached the error handler. */
  errors: Error[]
  ask(path: string, asked?: Asked): Promise<Answer>
  /** A session in which `n` is 1: its cookie and its id. */
  visitor(): Promise<{ cookie: string; id: string }>
  close(): Promise<void>
}

const running: App[] = []
let built = 0

export async function build(building: Building): Promise<App> {
  const { house = 'Express 5', on, routes } = building
  const where: OptionsInput = on === 'memory' ? { store: 'memory' } : { redis: { url: on.url } }
  const watched = await watchedSessions({ ...where, prefix: `app${++built}_`, ...building.options })
  const own = house === 'own door'
  // So that what goes wrong reaches the error handler.
  const onOpenError: ExpressStoreOptions['onOpenError'] = (error, _req, _res, next) => next(error)
  const store = own
    ? new SessionStore(watched.sessions)
    : expressStore(watched.sessions, { onOpenError, ...building.store })
  const sessions = own
    ? ownDoor(watched.sessions, building)
    : session({
        store: store as ExpressStore, secret: 's', resave: false, saveUninitialized: false, ...building.session,
      }) // biome-ignore format: one glance
  const all = { ...ROUTES, ...routes }
  const errors: Error[] = []
  const middlewares = [...(building.before ?? []), sessions, ...(building.after ?? [])]
  const server =
    house === 'node:http' ? onHttp(middlewares, all, errors) : onExpress(middlewares, all, errors)
  const port = await listen(server)
  const human = (asked: Asked = {}): Asked => ({
    ...asked,
    headers: { 'user-agent': HUMAN, ...asked.headers },
  })
  const app: App = {
    ...watched, store: store as ExpressStore, port, errors,
    ask: (path, asked) => ask(port, path, human(asked)),
    async visitor() {
      const cookie = cookieOf(await app.ask('/begin'))
      if (!cookie) throw new Error('no cookie came')
      return { cookie, id: idIn(cookie) }
    },
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await watched.sessions.close({ grace: 0 })
    },
  } // biome-ignore format: one glance
  running.push(app)
  return app
}

function ownDoor(sessions: Sessions, building: Building): express.RequestHandler {
  const { store: _, resave: __, saveUninitialized: ___, ...options } = building.session ?? {}
  const { onCommitError, onOpenError: _____, commitBeforeHeaders: ____, ...requests } = building.store ?? {}
  return ownSession({
    sessions,
    secret: 's',
    ...options,
    ...requests,
    onError: onCommitError ?? ((error, _req, _res, next) => next(error)),
  } as ExpressOptions) as unknown as express.RequestHandler
}

export async function closeAll(): Promise<void> {
  await Promise.all(running.splice(0).map(app => app.close()))
}

const ROUTES: Record<string, Handler> = {
  '/begin': (req, res) => {
    req.session.n = 1
    res.end('begun')
  },
  '/n': (req, res) => res.end(String(req.session?.n)),
}

function onExpress(
  middlewares: express.RequestHandler[],
  routes: Record<string, Handler>,
  errors: Error[],
): Server {
  const app = express()
  app.set('env', 'test')
  for (const middleware of middlewares) app.use(middleware)
  for (const [path, handler] of Object.entries(routes)) {
    app.all(path, async (req, res) => void (await handler(req, res)))
  }
  app.use(((error, _req, _res, next) => {
    errors.push(error)
    next(error)
  }) as express.ErrorRequestHandler)
  return createServer(app)
}

function onHttp(
  middlewares: express.RequestHandler[],
  routes: Record<string, Handler>,
  errors: Error[],
): Server {
  return createServer((req, res) => {
    const failed = (error: Error & { status?: number; headers?: Record<string, string> }) => {
      errors.push(error)
      if (res.headersSent) return req.socket.destroy()
      res.writeHead(error.status ?? 500, error.headers).end(error.message)
    }
    const step = (at: number) => (error?: unknown) => {
      if (error) return failed(error as Error)
      const middleware = middlewares[at]
      try {
        if (middleware) return void middleware(req as Req, res as express.Response, step(at + 1))
        const handler = routes[new URL(req.url ?? '', 'http://x').pathname]
        Promise.resolve(handler?.(req as Req, res)).catch(failed)
      } catch (thrown) {
        failed(thrown as Error)
      }
    }
    step(0)()
  })
}

export function idIn(cookie: string): string {
  const id = /=s%3A([^.]+)\./.exec(cookie)?.[1]
  if (!id) throw new Error(`no session id in ${cookie}`)
  return id
}

/** The record once nobody holds or waits for it; fails where a lock was leaked. */
export async function atRest({ sessions }: App, id: string) {
  await eventually(async () => {
    const view = await sessions.inspect(id)
    return sessions.counts.holding === 0 && sessions.counts.waiting === 0 && !view?.holder && !view?.waiters
  })
  return sessions.inspect(id)
}

export async function dataOf({ sessions }: App, id: string) {
  const { data } = await sessions.open(id, { access: 'readonly' })
  const { cookie: _, ...own } = data
  return own
}

/** A request that stays in the test's hand: to leave early, or to look at its head before its end. */
export function begin(
  app: App,
  path: string,
  cookie?: string,
): ClientRequest & { head: Promise<IncomingMessage> } {
  const headers = { 'user-agent': HUMAN, ...(cookie ? { cookie } : {}) }
  const sent = request({ host: '127.0.0.1', port: app.port, path, agent: false, headers })
  const head = new Promise<IncomingMessage>((resolve, reject) =>
    sent.on('response', resolve).on('error', reject),
  )
  head.catch(() => {})
  sent.end()
  return Object.assign(sent, { head })
}

/** Every request keeps its session alive, and is seen to: an early one gets longer than what is left, in the same millisecond too. */
export const TOUCHED = { touchInterval: 0, firstLifetime: 600 }

export interface Gate {
  opened: Promise<void>
  open(): void
}

export function gate(): Gate {
  let open = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open }
}

/** `(done) => void` as a promise. */
export function called<T = unknown>(
  act: (done: (error?: unknown, value?: T) => void) => unknown,
): Promise<T> {
  return new Promise(
    (resolve, reject) => void act((error, value) => (error ? reject(error) : resolve(value as T))),
  )
}

/** In `npm test` our own door alone: express-session keeps the same promises, and `npm run test:faults` tries them there. */
export const HOUSES: House[] = ALL_CASES ? ['Express 5', 'node:http', 'own door'] : ['own door']
/** For what shows that express-session works at all. */
export const EXPRESS_HOUSES: House[] = ALL_CASES ? HOUSES : ['Express 5', 'own door']
/** For what is express-session's alone: its options, and the methods of its store. */
export const STORE_HOUSES: House[] = ['Express 5', 'node:http']
export const KINDS = ALL_CASES ? ['redis', 'memory'] : ['redis']
