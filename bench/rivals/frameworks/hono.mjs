import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'

/**
 * @param {import('hono').MiddlewareHandler} middleware of the session
 * @param {(c: import('hono').Context) => object} dataOf what the pages read and change
 */
export function onHono(middleware, dataOf) {
  return pages => {
    const app = new Hono()
    app.use(middleware)
    for (const [path, page] of Object.entries(pages)) {
      app.get(path, async c => c.json(await page(dataOf(c), c.req.query())))
    }
    return getRequestListener(app.fetch)
  }
}
