import { Redis } from 'ioredis'
import { onHono } from '../frameworks/hono.mjs'
import { SECRET } from '../lock-around.mjs'

/** The pages' data, under one name: this session has `get` and `set` in place of properties. */
const NAME = 'shop'

/** @type {import('./index.mjs').Contestant} */
export default {
  name: 'hono-sessions',
  label: 'hono-sessions + hono-sessions-redis',
  packages: ['hono', '@hono/node-server', 'hono-sessions', 'hono-sessions-redis', 'ioredis'],
  settings:
    'As their READMEs say: an `encryptionKey` for the cookie, which the first recommends, and its `cookieOptions`. It has no store ' +
    'for Redis itself; hono-sessions-redis comes from its community. It takes part in i.',
  async open(url) {
    // Loaded by its server alone: where one does not work, the report can still say so.
    const { sessionMiddleware } = await import('hono-sessions')
    const { RedisStoreAdapter } = await import('hono-sessions-redis')
    const client = new Redis(url)
    const middleware = sessionMiddleware({
      store: new RedisStoreAdapter({ client }),
      encryptionKey: SECRET.repeat(3),
      cookieOptions: { sameSite: 'Lax', path: '/', httpOnly: true },
    })
    return { app: onHono(middleware, dataOf), close: () => client.quit() }
  },
}

function dataOf(c) {
  const session = c.get('session')
  const data = session.get(NAME) ?? {}
  session.set(NAME, data)
  return data
}
