import latchkey from '../../../dist/fastify/index.js'
import { createSessions } from '../../../dist/index.js'
import { onFastify } from '../frameworks/fastify.mjs'
import { SECRET } from '../lock-around.mjs'

/** @type {import('./index.mjs').Contestant} */
export default {
  name: 'latchkey-fastify',
  label: 'Latchkey, plugin for Fastify',
  packages: ['fastify', 'latchkey', 'ioredis'],
  settings: 'Nothing set. It takes part in i.',
  async open(url) {
    const sessions = createSessions({ redis: { url } })
    const addSession = app => app.register(latchkey, { sessions, secret: SECRET })
    return { app: onFastify(addSession, request => request.session.data), close: () => sessions.close() }
  },
}
