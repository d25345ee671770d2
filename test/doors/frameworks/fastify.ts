import { Readable } from 'node:stream'
import Fastify from 'fastify'
import latchkey from '../../../src/fastify/index.ts'
import type { Framework } from '../framework.ts'

export const fastifyFramework: Framework = {
  name: 'Fastify',
  freeOnceGone: true,
  showsErrors: true,
  changesLate: false,
  async build(sessions, routes, { maxAge, ...settings }) {
    const app = Fastify()
    await app.register(latchkey, {
      sessions,
      ...settings,
      cookie: { maxAge },
      logout: ({ routeOptions }) => routes[routeOptions.url ?? '']?.logout ?? false,
    })
    for (const [url, { access, handle }] of Object.entries(routes)) {
      app.get(url, { config: { session: access } }, async (request, reply) => {
        const answer = await handle(request.session)
        if (typeof answer === 'string') return answer
        if ('text' in answer) return reply.header('set-cookie', answer.cookie).send(answer.text)
        if ('redirect' in answer) return reply.redirect(answer.redirect, 303)
        return reply.send(Readable.from(answer.stream, { objectMode: false }))
      })
    }
    await app.ready()
    return { server: app.server, close: () => app.close() }
  },
}
