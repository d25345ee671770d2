import { createSessions } from '../../../dist/index.js'
import { session } from '../../../dist/koa/index.js'
import { onKoa } from '../frameworks/koa.mjs'
import { SECRET } from '../lock-around.mjs'

/** @type {import('./index.mjs').Contestant} */
export default {
  name: 'latchkey-koa',
  label: 'Latchkey, middleware for Koa',
  packages: ['koa', 'latchkey', 'ioredis'],
  settings: 'Nothing set. It takes part in i.',
  async open(url) {
    const sessions = createSessions({ redis: { url } })
    const addSession = app => app.use(session({ sessions, secret: SECRET }))
    return { app: onKoa(addSession, ctx => ctx.session.data), close: () => sessions.close() }
  },
}
