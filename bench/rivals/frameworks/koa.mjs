import Koa from 'koa'

/**
 * @param {(app: Koa) => void} addSession adds the middleware of the session
 * @param {(ctx: Koa.Context) => object} dataOf what the pages read and change
 */
export function onKoa(addSession, dataOf) {
  return pages => {
    const app = new Koa()
    addSession(app)
    // Koa has no router of its own.
    app.use(async ctx => {
      ctx.body = await pages[ctx.path](dataOf(ctx), ctx.query)
    })
    return app.callback()
  }
}
