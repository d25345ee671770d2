import express from 'express'
import session from 'express-session'
import { SECRET } from '../lock-around.mjs'

/** @param {Pick<import('../contestants/index.mjs').Opened, 'store' | 'middleware' | 'around' | 'serve'>} contestant */
export function onExpress({ store, middleware, around, serve = withSession }) {
  return pages => {
    const app = express()
    if (around) app.use(around)
    if (middleware) app.use(middleware)
    if (store) app.use(session({ store, secret: SECRET, resave: false, saveUninitialized: false }))
    for (const [path, page] of Object.entries(pages)) app.get(path, serve(page))
    return app
  }
}

/** The session is there before the page is called, and stored when its response ends. */
function withSession(page) {
  return async ({ session, query }, res) => {
    res.json(await page(session, query))
  }
}
