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
    // Loaded by its server alone: where one does not work, the report can still say so.
    const { default: redisStore } = await import('koa-redis')
    const { default: session } = await import('koa-session')
    const store = redisStore({ url })
    const addSession = app => {
      app.keys = [SECRET]
      app.use(session({ store }, app))
    }
    return { app: onKoa(addSession, ctx => ctx.session), close: () => store.quit() }
  },
}
