import { onFastify } from '../frameworks/fastify.mjs'
import { SECRET } from '../lock-around.mjs'
import { openStore } from './connect-redis.mjs'

/** @type {import('./index.mjs').Contestant} */
export default {
  name: 'fastify-session',
  label: '@fastify/session + connect-redis',
  packages: ['fastify', '@fastify/session', '@fastify/cookie', 'connect-redis', 'redis'],
  settings:
    'As its README says, which names the stores of express-session. `cookie.secure: false`, as it asks for without HTTPS, and a ' +
    'secret of the length that it demands. It takes part in i.',
  async open(url) {
    // Loaded by its server alone: where one does not work, the report can still say so.
    const { default: fastifyCookie } = await import('@fastify/cookie')
    const { default: fastifySession } = await import('@fastify/session')
    const { store, close } = await openStore(url)
    const secret = SECRET.repeat(3)
    const addSession = app =>
      app.register(fastifyCookie).register(fastifySession, { secret, store, cookie: { secure: false } })
    return { app: onFastify(addSession, request => request.session), close }
  },
}
