import express from 'express'
import session from 'express-session'
import { SECRET } from './lock-around.mjs'
import { createPages } from './pages.mjs'

/**
 * The shop that every contestant serves. Only what is passed in differs.
 *
 * @param {Pick<import('./contestants/index.mjs').Opened, 'store' | 'middleware' | 'around' | 'serve'>} contestant
 */
export function createApp({ store, middleware, around, serve = withSession }) {
  const app = express()
  /** Requests that came, and that have their session; the difference waits. */
  const counts = { entered: 0, reached: 0 }

  app.use((_req, _res, next) => {
    counts.entered += 1
    next()
  })
  if (around) app.use(around)
  if (middleware) app.use(middleware)
  if (store) app.use(session({ store, secret: SECRET, resave: false, saveUninitialized: false }))
  for (const [path, page] of Object.entries(createPages())) {
    const counted = (session, query) => {
      counts.reached += 1
      return page(session, query)
    }
    app.get(path, serve(counted))
  }
  return { app, counts }
}

/** The session is there before the page is called, and stored when its response ends. */
function withSession(page) {
  return async ({ session, query }, res) => {
    res.json(await page(session, query))
  }
}
