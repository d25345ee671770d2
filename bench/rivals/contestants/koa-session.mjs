import redisStore from 'koa-redis'
import session from 'koa-session'
import { onKoa } from '../frameworks/koa.mjs'
import { SECRET } from '../lock-around.mjs'

/** @type {import('./index.mjs').Contestant} */
export default {
  name: 'koa-session',
  label: 'koa-session + koa-redis',
  packages: ['koa', 'koa-session', 'koa-redis'],
  settings:
    'As their READMEs say; nothing set. koa-redis brings its own version of ioredis. It takes part in i.',
  async open(url) {
    const store = redisStore({ url })
    const addSession = app => {
      app.keys = [SECRET]
      app.use(session({ store }, app))
    }
    return { app: onKoa(addSession, ctx => ctx.session), close: () => store.quit() }
  },
}
