import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { forVisitors } from '../http/answer.ts'
import { setCookieWithHeaders } from '../http/cookie-header.ts'
import { createDoor, type DoorOptions, type RequestOptions } from '../http/door.ts'
import { type Ended, NOTHING, told } from '../http/ended.ts'
import { isGone, onceGone } from '../http/gone.ts'
import { incomingOf } from '../http/incoming.ts'
import { Visit } from '../http/visit.ts'
import { WebSession } from '../http/web-session.ts'
import type { Access } from '../session/outcome.ts'
import { asRequestOf } from '../session/own-request.ts'

export type { WebSession }

/**
 * Options of the plugin. `sessions` and `secret` are required. Fastify's own setting `trustProxy` decides whether
 * `X-Forwarded-Proto` says that a request came over HTTPS.
 */
export interface FastifyOptions extends DoorOptions, RequestOptions<FastifyRequest> {}

declare module 'fastify' {
  interface FastifyRequest {
    /** From the plugin's hook `onRequest` until the response is sent. */
    session: WebSession
  }
  interface FastifyContextConfig {
    /** How a route uses its session; it goes before the option `access`. False: the session is not opened. */
    session?: Access | false | undefined
  }
}

/**
 * The plugin for Fastify: `request.session`. It opens in `onRequest`; in `onSend` the session is stored, the lock given back and
 * the data frozen. If the client goes away before that, the lock is given back at once. Where a handler hijacks the reply, the
 * session ends with the response.
 *
 * A session that cannot be opened or stored is an error with the status 503 or 500, for the application's own handler or
 * Fastify's; its `cause` is the `SessionError`.
 */
const latchkey: FastifyPluginAsync<FastifyOptions> = async (fastify, options) => {
  const door = createDoor(options)
  const visits = new WeakMap<FastifyRequest, { visit: Visit; ended: Ended | undefined }>()

  const open = async (request: FastifyRequest, reply: FastifyReply): Promise<Visit | undefined> => {
    const gone = new AbortController()
    const incoming = incomingOf(
      door,
      options,
      request,
      {
        cookie: request.headers.cookie,
        userAgent: request.headers['user-agent'],
        method: request.method,
        host: request.host,
        url: request.url,
        route: request.routeOptions.url,
        upgrade: request.headers.upgrade,
        secure: request.protocol === 'https',
        signal: gone.signal,
      },
      request.routeOptions.config.session,
    )
    if (!incoming) return undefined
    const visit = new Visit(door, incoming)
    const { raw } = reply
    // A hijacked response has no `onSend`.
    raw.once('finish', () => {
      if (!visit.isEnded) visit.end().then(() => visit.freeze(), told)
    })
    if (isGone(raw)) visit.drop()
    else
      onceGone(raw, () => {
        if (!raw.writableFinished) gone.abort()
        visit.drop()
      })
    try {
      await visit.open()
    } catch (error) {
      if (!gone.signal.aborted) throw forVisitors(error)
      // Nobody is there to be told.
      reply.hijack()
      return undefined
    }
    request.session = new WebSession(visit)
    const state: { visit: Visit; ended: Ended | undefined } = { visit, ended: undefined }
    visits.set(request, state)
    setCookieWithHeaders(raw, () => (state.ended ? state.ended.cookie : visit.leave()))
    return visit
  }

  fastify.decorateRequest('session')
  fastify.addHook('onRequest', (request, reply, done) => {
    open(request, reply).then(visit => {
      if (!visit) done()
      else asRequestOf(() => visit.opened, done)
    }, done)
  })
  fastify.addHook('onSend', async (request, reply, payload) => {
    const state = visits.get(request)
    if (!state) return
    // An error that comes from here is sent as well.
    visits.delete(request)
    try {
      state.ended = await state.visit.end()
    } catch (error) {
      state.ended = { cookie: undefined, outcome: NOTHING }
      for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name)
      if (isStream(payload)) payload.destroy()
      const shown = forVisitors(error)
      // After an error of the handler, Fastify looks at the headers of this one no more.
      reply.headers(shown.headers)
      throw shown
    } finally {
      state.visit.freeze()
    }
  })
}

/**
 * The plugin for Fastify: `request.session`, for the whole application. Register it once.
 *
 * @throws {TypeError} at `register`, naming the option that is missing or impossible
 */
// Not only for the plugins below this one: as fastify-plugin has it.
export default Object.assign(latchkey, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'latchkey',
})

function isStream(payload: unknown): payload is { destroy(): void } {
  return typeof (payload as { destroy?: unknown } | null)?.destroy === 'function'
}
