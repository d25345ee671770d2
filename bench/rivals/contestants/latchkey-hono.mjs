import { session } from '../../../dist/hono/index.js'
import { createSessions } from '../../../dist/index.js'
import { onHono } from '../frameworks/hono.mjs'
import { SECRET } from '../lock-around.mjs'

/** @type {import('./index.mjs').Contestant} */
export default {
  name: 'latchkey-hono',
  label: 'Latchkey, middleware for Hono',
  packages: ['hono', '@hono/node-server', 'latchkey', 'ioredis'],
  settings: 'Nothing set. It takes part in i.',
  async open(url) {
    const sessions = createSessions({ redis: { url } })
    const middleware = session({ sessions, secret: SECRET })
    return { app: onHono(middleware, c => c.get('session').data), close: () => sessions.close() }
  },
}
