import { AsyncLocalStorage } from 'node:async_hooks'
import type { Sessions } from '../handler.ts'
import { answerTo, isUnavailable, unavailable } from '../http/answer.ts'
import { around } from '../http/around.ts'
import { readCookie } from '../http/cookie.ts'
import { createDoor, type DoorOptions, type RequestOptions } from '../http/door.ts'
import type { Ended } from '../http/ended.ts'
import { incomingOf, isForwardedSecure } from '../http/incoming.ts'
import { Visit } from '../http/visit.ts'
import { WebSession } from '../http/web-session.ts'
import type { SessionData } from '../session/data.ts'

export type { WebSession }

/** Options of `fetchSessions`. `secret` is required. */
export interface FetchOptions extends Omit<DoorOptions, 'sessions'>, RequestOptions<Request> {
  /**
   * Trust a proxy's `X-Forwarded-Proto` to say that a request came over HTTPS; false by default: the URL of the request says it.
   */
  proxy?: boolean | undefined
  /** Answers a request whose session could not be opened or stored: by default a plain 503 or 500. No cookie goes with it. */
  onError?: ((error: unknown, request: Request) => Response | Promise<Response>) | undefined
}

/** What `fetchSessions` returns: the session of the current request, and what goes around it. */
export interface FetchSessions<D extends object = SessionData> {
  /**
   * The session of the request that runs now. Opened once, however many ask at the same time.
   *
   * @throws {TypeError} outside of `run`, after its handler has ended, where `access` is false, and outside of the cookie's path
   * @throws {SessionError} as `Sessions.open`. Not caught, it becomes the answer of `run`
   */
  (): Promise<WebSession<D>>
  /**
   * Runs the handler of a request. Once it has ended its session is stored, the lock given back, the data frozen, and the cookie
   * set on its response. That holds for a response that is thrown, too. A stream that is still to be read has no session.
   *
   * Inside the `run` of the same visitor it is part of that one.
   *
   * @throws what the handler throws. Its changes are stored, but not those of a session that is new or has got a new id: the
   *   answer to an error cannot set its cookie
   */
  run(request: Request, handler: () => Response | Promise<Response>): Promise<Response>
}

/**
 * Sessions for everything that answers a `Request` with a `Response`.
 *
 * @throws {TypeError} naming the option that is missing or impossible
 */
export function fetchSessions<D extends object = SessionData>(
  sessions: Sessions<D> | Sessions,
  options: FetchOptions,
): FetchSessions<D> {
  const door = createDoor({ ...options, sessions })
  const scopes = new AsyncLocalStorage<Scope<D>>()
  const idOf = (cookie: string | null) => readCookie(door.format, cookie)?.id

  const session = async () => {
    const scope = scopes.getStore()
    if (!scope) throw new TypeError('session() was called outside of session.run(request, handler)')
    return scope.open()
  }

  const run: FetchSessions<D>['run'] = async (request, handler) => {
    const cookie = request.headers.get('cookie')
    // A second visit would wait for the lock of the first one.
    if (scopes.getStore()?.isOf(idOf(cookie))) return handler()
    const url = new URL(request.url)
    const incoming = incomingOf(door, options, request, {
      cookie,
      userAgent: request.headers.get('user-agent'),
      method: request.method,
      host: request.headers.get('host') ?? url.host,
      url: url.pathname + url.search,
      upgrade: request.headers.get('upgrade'),
      secure: options.proxy
        ? isForwardedSecure(request.headers.get('x-forwarded-proto'))
        : url.protocol === 'https:',
      signal: request.signal,
    })
    const scope = new Scope<D>(idOf(cookie), incoming && new Visit(door, incoming))
    return scopes.run(scope, () =>
      scope.run(handler, error => {
        if (options.onError) return options.onError(error, request)
        const { body, ...head } = answerTo(error)
        return new Response(body, head)
      }),
    )
  }

  return Object.assign(session, { run })
}

/** One request and its visit. */
class Scope<D extends object> {
  /** What the browser sent. */
  readonly #id: string | undefined
  readonly #visit: Visit | undefined
  #session: Promise<WebSession<D>> | undefined
  /** What went wrong with it, where its handler may answer all the same. */
  #failure: unknown

  constructor(id: string | undefined, visit: Visit | undefined) {
    this.#id = id
    this.#visit = visit
  }

  /** Whether a request with this id is a part of it. */
  isOf(id: string | undefined): boolean {
    return this.#id === id && this.#visit?.isEnded === false
  }

  async open(): Promise<WebSession<D>> {
    const visit = this.#visit
    if (!visit)
      throw new TypeError(
        'This request has no session: `access` is false for it, or its path is not of the cookie',
      )
    if (visit.isEnded && !this.#session) throw new TypeError('session() came after its handler had ended')
    const failed = (error: unknown) => {
      this.#failure = error
    }
    this.#session ??= visit.open().then(
      () => new WebSession<D>(visit, failed),
      error => {
        failed(error)
        throw error
      },
    )
    return this.#session
  }

  async run(
    handler: () => Response | Promise<Response>,
    answer: (error: unknown) => Response | Promise<Response>,
  ): Promise<Response> {
    if (!this.#visit) return handler()
    let cookie: string | undefined
    const whole = async () => {
      const response = await handler()
      if (isResponse(response)) return response
      throw new TypeError('session.run needs a Response from its handler: run it around the whole request')
    }
    const ended = (how: Ended) => {
      cookie = how.cookie
    }
    try {
      const response = await around(this.#visit, whole, ended, answer, thrown => !isResponse(thrown))
      return withCookie(this.#failure === undefined ? response : unavailable(response, this.#failure), cookie)
    } catch (error) {
      if (isResponse(error)) throw withCookie(error, cookie)
      if (isUnavailable(error) || (error !== undefined && error === this.#failure)) return answer(error)
      throw error
    }
  }
}

/** Some frameworks bring a `Response` class of their own. */
function isResponse(value: unknown): value is Response {
  return typeof (value as Response | undefined)?.headers?.append === 'function'
}

/** Responses of `Response.redirect` and `fetch` are immutable. A switch of protocols has no copy. */
function withCookie(response: Response, cookie: string | undefined): Response {
  if (cookie === undefined || response.status < 200) return response
  try {
    response.headers.append('Set-Cookie', cookie)
    return response
  } catch {
    const copy = new Response(response.body, response)
    copy.headers.append('Set-Cookie', cookie)
    return copy
  }
}
