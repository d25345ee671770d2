// One shop for every framework: its routes are described once, and each framework builds the shop of them in its own way.
import type { Server } from 'node:http'
import type { DoorOptions } from '../../src/http/door.ts'
import type { Access, OptionsInput } from '../../src/index.ts'
import { type Answer, type Asked, ask, cookieOf, listen } from '../support/http.ts'
import { eventually, HUMAN, type Watched, watchedSessions } from '../support/sessions.ts'

/** What the routes use of a session; on Express, `data` is `req.session` itself. */
export interface RouteSession {
  readonly data: Record<string, unknown>
  readonly id: string
  save(): Promise<void>
  upgrade(): Promise<unknown>
  /** Under a new id; what it holds then differs between doors. */
  regenerate(): Promise<void>
  rotate(options?: { grace?: number }): Promise<unknown>
  destroy(): Promise<void>
}

export type Reply =
  | string
  | { redirect: string }
  | { stream: AsyncIterable<string> }
  /** With a cookie of the application's own. */
  | { text: string; cookie: string }

export interface Route {
  access?: Access | false
  logout?: boolean
  handle(session: RouteSession): Reply | Promise<Reply>
}

export type Routes = Record<string, Route | Route['handle']>

/** Also `expires` of the cookie and its like are left out: they are tested where they are decided. */
export type Settings = Pick<DoorOptions, 'secret' | 'rolling' | 'refusedIsError'> & {
  maxAge?: number
}

export interface Built {
  server: Server
  /** Before the server can be closed. */
  close?(): Promise<void>
}

export interface Framework {
  name: string
  build(
    sessions: Watched['sessions'],
    routes: Record<string, Route>,
    settings: Settings,
  ): Built | Promise<Built>
  /** A lock is free once its client has gone; elsewhere it is with the end of the handler. */
  freeOnceGone: boolean
  /** A change after the end is an event; elsewhere the data is frozen. */
  changesLate: boolean
  /** It answers itself what a handler throws, with what the error says. */
  showsErrors?: boolean
  /** What a handler throws in place of answering with a redirect, where the framework knows such a thing. */
  redirectToThrow?(location: string): unknown
}

export interface Shop extends Watched {
  port: number
  ask(path: string, cookie?: string, asked?: Asked): Promise<Answer>
  /** A session in which `n` is 1: its cookie and its id. */
  visitor(): Promise<{ cookie: string; id: string }>
  /** The data of a session, without express-session's cookie. */
  data(id: string): Promise<Record<string, unknown>>
  /** Resolves once nobody holds or waits for a lock; fails where one was leaked. */
  atRest(id: string): Promise<void>
  close(): Promise<void>
}

export const BASE: Routes = {
  '/begin': ({ data }) => {
    data.n = 1
    return 'begun'
  },
  '/add': ({ data }) => {
    data.n = Number(data.n ?? 0) + 1
    return String(data.n)
  },
  '/data': { access: 'readonly', handle: ({ data }) => JSON.stringify(data) },
  '/look': ({ data }) => JSON.stringify(data),
  '/login': async session => {
    await session.regenerate()
    session.data.user = 'ada'
    return { redirect: '/who' }
  },
  '/who': ({ data }) => String(data.user),
  '/logout': {
    logout: true,
    handle: async session => {
      await session.destroy()
      return 'bye'
    },
  },
}

let built = 0

export async function openShop(
  framework: Framework,
  where: OptionsInput,
  routes: Routes = {},
  settings: Partial<Settings> = {},
): Promise<Shop> {
  const watched = await watchedSessions({ prefix: `door${++built}_`, ...where })
  const all = Object.fromEntries(
    Object.entries({ ...BASE, ...routes }).map(([path, route]) => [
      path,
      typeof route === 'function' ? { handle: route } : route,
    ]),
  )
  const { server, close } = await framework.build(watched.sessions, all, { secret: 's', ...settings })
  const port = server.listening ? portOf(server) : await listen(server)
  const { sessions } = watched
  const shop: Shop = {
    ...watched,
    port,
    ask: (path, cookie, asked = {}) =>
      ask(port, path, { cookie, ...asked, headers: { 'user-agent': HUMAN, ...asked.headers } }),
    async visitor() {
      const cookie = cookieOf(await shop.ask('/begin'))
      if (!cookie) throw new Error('no cookie came')
      return { cookie, id: idIn(cookie) }
    },
    async data(id) {
      const { data } = await sessions.open(id, { access: 'readonly' })
      const { cookie: _, ...own } = data
      return own
    },
    atRest: id =>
      eventually(async () => {
        const view = await sessions.inspect(id)
        const { holding, waiting } = sessions.counts
        return holding === 0 && waiting === 0 && !view?.holder && !view?.waiters
      }),
    async close() {
      server.closeAllConnections()
      await close?.()
      if (server.listening) await new Promise(resolve => server.close(resolve))
      await sessions.close({ grace: 0 })
    },
  }
  return shop
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port
}

export function idIn(cookie: string): string {
  const id = /=s%3A([^.]+)\./.exec(cookie)?.[1]
  if (!id) throw new Error(`no session id in ${cookie}`)
  return id
}

/** What all doors but Express's are told of the routes. */
export function requestOptions(routes: Record<string, Route>) {
  return {
    access: (path: string) => routes[path]?.access,
    logout: (path: string) => routes[path]?.logout ?? false,
  }
}

export function pathOf(url: string | undefined): string {
  return new URL(url ?? '/', 'http://shop.test').pathname
}
