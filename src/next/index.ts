import { AsyncLocalStorage } from 'node:async_hooks'
import type { Sessions } from '../handler.ts'
import { answerTo, isUnavailable } from '../http/answer.ts'
import { around } from '../http/around.ts'
import { cookieParts } from '../http/cookie.ts'
import { createDoor, type Door, type DoorOptions, described, type Incoming } from '../http/door.ts'
import { deepFreeze } from '../http/freeze.ts'
import { isForwardedSecure } from '../http/incoming.ts'
import { Visit } from '../http/visit.ts'
import { WebSession } from '../http/web-session.ts'
import type { SessionData } from '../session/data.ts'
import type { Access } from '../session/outcome.ts'

export type { WebSession }

/** Options of `nextSessions`. `sessions` and `secret` are required. */
export interface NextOptions<D extends object = SessionData> extends Omit<DoorOptions, 'sessions'> {
  /**
   * Makes the sessions when the first request needs them: `() => createSessions()`. Called once in a process for each name of a
   * cookie, however often Next loads the module, so that all of an application shares one connection. In development, restart
   * the server after a change.
   */
  sessions: () => Sessions<D> | Sessions
}

/** How one route handler or server action uses its session. */
export interface UseOptions {
  /** `exclusive` (default), `readonly` or `optimistic`. */
  access?: Access | undefined
  /** This is the logout: it waits for no lock, and ends its session no matter who holds the lock. False by default. */
  logout?: boolean | undefined
  /**
   * What others are told about the request while it holds the lock: it stands in Redis and in log lines. By default method, host
   * and path without the query; for an action the path of the page. Give one where paths hold secrets, such as `/reset/<token>`.
   */
  describe?: string | undefined
  /** Whether a request that changes nothing keeps its session alive; true by default. */
  keepsAlive?: boolean | undefined
}

/** Data as JSON holds it, not to be changed. */
export type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T

/** What `nextSessions` returns. */
export interface NextSessions<D extends object = SessionData> {
  /**
   * The session of the route handler or server action that runs now. Opened once, however many ask at the same time.
   *
   * @throws {TypeError} outside of `route` and `action`, or after their function has ended
   * @throws {SessionError} as `Sessions.open`
   */
  (): Promise<WebSession<D>>
  /**
   * A route handler with a session: `export const POST = session.route(async request => …)`. Once the function has ended its
   * session is stored, the lock given back, the data frozen and the cookie set; after `redirect()`, too. A body that streams after that
   * has no session.
   *
   * A session that cannot be opened or stored is answered with a plain 503 or 500. Where the function throws an error or calls
   * `notFound()`, Next sets no cookie: the changes are stored, but not those of a session that is new or has got a new id.
   */
  route<Args extends [request: Request, ...others: unknown[]]>(
    handler: (...args: Args) => Response | Promise<Response>,
    options?: UseOptions,
  ): (...args: Args) => Promise<Response>
  /**
   * A server action with a session, in a file with `'use server'`: `export const add = session.action(async form => …)`. It ends
   * as a route handler does, before Next renders the page. Called by a handler or another action, it is part of that one.
   *
   * @throws {SessionError} where its session cannot be opened or stored, for the page's `error.tsx`. Where it may be tried again
   *   (`status` 503), its `digest` is `SESSION_UNAVAILABLE`
   */
  action<Args extends unknown[], Result>(
    action: (...args: Args) => Result | Promise<Result>,
    options?: UseOptions,
  ): (...args: Args) => Promise<Result>
  /**
   * The data, frozen, for server components: read without a lock, once for each page. Empty where there is no session. Inside of
   * `route` and `action` it is a copy of the data as it is by then.
   *
   * @throws {SessionError} as `Sessions.open`, for the page's `error.tsx`; with a `digest` as from `action`
   */
  read(): Promise<Frozen<D>>
}

/**
 * Sessions for the App Router of Next, on Node. `next.config` must say `serverExternalPackages: ['latchkey']`.
 *
 * The options are checked when the first request comes: `next build` loads this, too, where secrets are not at hand.
 */
export function nextSessions<D extends object = SessionData>(options: NextOptions<D>): NextSessions<D> {
  let started: Started | undefined
  const start = () => {
    started ??= startedWith(options)
    return started
  }

  /** @param request where there is one */
  const use = async <T>(
    method: string,
    { describe, access, logout, keepsAlive }: UseOptions,
    request: Request | undefined,
    handler: () => T | Promise<T>,
    failed?: (error: unknown) => T,
    /** Where anything else is thrown, Next sets no cookie. */
    tells = /^NEXT_/,
  ): Promise<T> => {
    const { jar, headers } = await asked()
    const { door, shared } = start()
    // A second visit would wait for the lock of the first one.
    if (shared.scopes.getStore()?.visit.isEnded === false) return handler()
    const path = pathOf(request?.url ?? headers.get('referer'))
    const incoming = incomingOf(door, jar, headers)
    const visit = new Visit(door, {
      ...incoming,
      ...{ access, logout, keepsAlive, signal: request?.signal },
      request: describe ?? described(method, headers.get('host') ?? undefined, path),
    })
    const whole = () => shared.scopes.run(new Scope(visit), () => outcomeOf(handler, tells))
    const outcome = await around<Outcome<T>>(
      visit,
      whole,
      ({ cookie }) => {
        if (cookie !== undefined) jar.set(cookieParts(cookie))
      },
      error => {
        if (!failed) throw error
        return { value: failed(error) }
      },
      // The answer of a route handler.
      () => failed !== undefined,
    )
    if ('thrown' in outcome) throw outcome.thrown
    return outcome.value
  }

  const session = async () => {
    const scope = start().shared.scopes.getStore()
    if (!scope) throw new TypeError('session() was called outside of session.route and session.action')
    return (await scope.open()) as WebSession<D>
  }

  return Object.assign(session, {
    route:
      <Args extends [request: Request, ...others: unknown[]]>(
        handler: (...args: Args) => Response | Promise<Response>,
        how: UseOptions = {},
      ) =>
      async (...args: Args): Promise<Response> => {
        const [request] = args
        try {
          return await use(request.method, how, request, () => handler(...args), answer, /^NEXT_REDIRECT/)
        } catch (error) {
          if (isUnavailable(error)) return answer(error)
          throw error
        }
      },
    action:
      <Args extends unknown[], Result>(
        action: (...args: Args) => Result | Promise<Result>,
        how: UseOptions = {},
      ) =>
      (...args: Args): Promise<Result> =>
        use('POST', how, undefined, () => action(...args)).catch(marked),
    read: async () => {
      const { jar, headers } = await asked()
      const { door, shared } = start()
      const scope = shared.scopes.getStore()
      if (scope?.visit.isEnded === false) {
        const { text, data } = await scope.visit.open()
        return frozen<D>(text.copyOf(data))
      }
      // Next has one jar for each rendering, and another one once an action has ended. React's `cache` does nothing outside of
      // Next's bundles.
      const known = shared.reads.get(jar)
      if (known) return known as Promise<Frozen<D>>
      const visit = new Visit(door, { ...incomingOf(door, jar, headers), access: 'readonly' })
      const reading = read(visit).catch(marked)
      shared.reads.set(jar, reading)
      return reading as Promise<Frozen<D>>
    },
  })
}

/** What all copies of the application's module have in common. */
interface Shared {
  readonly sessions: Sessions<object>
  readonly scopes: AsyncLocalStorage<Scope>
  readonly reads: WeakMap<object, Promise<unknown>>
}

interface Started {
  readonly door: Door
  readonly shared: Shared
}

const SHARED = Symbol.for('latchkey.next')

function startedWith<D extends object>({ sessions: create, ...options }: NextOptions<D>): Started {
  const holder = globalThis as { [SHARED]?: Map<string, Shared> }
  holder[SHARED] ??= new Map()
  const name = options.name ?? ''
  let shared = holder[SHARED].get(name)
  if (!shared) {
    if (typeof create !== 'function') {
      throw new TypeError('sessions: expected a function that makes them: () => createSessions()')
    }
    shared = { sessions: create(), scopes: new AsyncLocalStorage(), reads: new WeakMap() }
    holder[SHARED].set(name, shared)
  }
  return { shared, door: createDoor({ ...options, sessions: shared.sessions }) }
}

/** A route handler or an action, and its visit. */
class Scope {
  readonly visit: Visit
  #session: Promise<WebSession<object>> | undefined

  constructor(visit: Visit) {
    this.visit = visit
  }

  async open(): Promise<WebSession<object>> {
    const { visit } = this
    if (visit.isEnded && !this.#session) throw new TypeError('session() came after its function had ended')
    this.#session ??= visit.open().then(() => new WebSession<object>(visit))
    return this.#session
  }
}

/**
 * To be asked before all else: here `next build` leaves a page that it tries to render ahead. Cookies are not read from the
 * headers: once an action has set one, the page is rendered in the same request.
 */
async function asked(): Promise<{ jar: Jar; headers: Headers }> {
  // Loaded where it is needed: outside of Next there is none.
  const next = await import('next/headers.js')
  const jar = await next.cookies()
  return { jar, headers: await next.headers() }
}

type Jar = Awaited<ReturnType<typeof import('next/headers.js').cookies>>

function incomingOf(door: Door, jar: Jar, headers: Headers): Incoming {
  const { name } = door.format
  const sent = jar.get(name)?.value
  return {
    cookie: sent === undefined ? undefined : `${name}=${encodeURIComponent(sent)}`,
    userAgent: headers.get('user-agent'),
    request: described('GET', headers.get('host') ?? undefined, ''),
    // Next's server sets it where no proxy has set it.
    secure: isForwardedSecure(headers.get('x-forwarded-proto')),
  }
}

async function read(visit: Visit): Promise<unknown> {
  const { data } = await visit.open()
  await visit.end()
  return frozen(data)
}

/** Of an error of the server, Next tells the browser nothing but its `digest`; one that is there stays. */
function marked(error: unknown): never {
  if (isUnavailable(error)) Object.assign(error, { digest: 'SESSION_UNAVAILABLE' })
  throw error
}

function frozen<D extends object>(data: object): Frozen<D> {
  deepFreeze(data)
  return data as Frozen<D>
}

function pathOf(url: string | null | undefined): string {
  return url && URL.canParse(url) ? new URL(url).pathname : '/'
}

type Outcome<T> = { value: T } | { thrown: unknown }

/** `redirect()` and `notFound()` throw. Where the session is then not stored, that is what must be told. */
async function outcomeOf<T>(handler: () => T | Promise<T>, tells: RegExp): Promise<Outcome<T>> {
  try {
    return { value: await handler() }
  } catch (thrown) {
    const { digest } = (thrown ?? {}) as { digest?: unknown }
    if (typeof digest === 'string' && tells.test(digest)) return { thrown }
    throw thrown
  }
}

function answer(error: unknown): Response {
  const { body, ...head } = answerTo(error)
  return new Response(body, head)
}
