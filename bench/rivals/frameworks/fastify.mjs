import fastify from 'fastify'

/**
 * @param {(app: import('fastify').FastifyInstance) => void} addSession registers the plugins of the session
 * @param {(request: import('fastify').FastifyRequest) => object} dataOf what the pages read and change
 */
export function onFastify(addSession, dataOf) {
  return async pages => {
    const app = fastify()
    addSession(app)
    for (const [path, page] of Object.entries(pages)) {
      app.get(path, async request => page(dataOf(request), request.query))
    }
    await app.ready()
    return app.routing
  }
}
