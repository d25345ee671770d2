import { onExpress } from './frameworks/express.mjs'
import { createPages } from './pages.mjs'

/**
 * The shop that every contestant serves. Only what is passed in differs.
 *
 * @param {import('./contestants/index.mjs').Opened} contestant
 */
export async function createApp({ app, ...contestant }) {
  /** Requests that came, and that have their session; the difference waits. */
  const counts = { entered: 0, reached: 0 }

  const counted = page => (session, query) => {
    counts.reached += 1
    return page(session, query)
  }
  const pages = Object.entries(createPages()).map(([path, page]) => [path, counted(page)])
  const serve = await (app ?? onExpress(contestant))(Object.fromEntries(pages))
  const listener = (req, res) => {
    counts.entered += 1
    serve(req, res)
  }
  return { listener, counts }
}
