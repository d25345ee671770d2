import { parse } from 'cookie'
import { createSessions } from '../../../dist/index.js'

const COOKIE = 'sid'

/** @type {import('./index.mjs').Contestant} */
export default {
  name: 'open-commit',
  label: 'Latchkey, open + commit',
  packages: ['latchkey', 'ioredis'],
  settings:
    'Without any middleware: each route reads the id from a cookie, calls `sessions.open` with what the request ' +
    'is and its user agent, changes the data, and commits before it answers. No other settings. Its cookie is not signed: an id ' +
    'that nobody knows gets a new session. It takes part in a and b.',
  async open(url) {
    const sessions = await createSessions({ redis: { url } })
    return { serve: page => serve(sessions, page), close: () => sessions.close() }
  },
}

function serve(sessions, page) {
  return async (req, res) => {
    const session = await sessions.open(parse(req.headers.cookie ?? '')[COOKIE], {
      request: `${req.method} ${req.path}`,
      userAgent: req.headers['user-agent'],
    })
    const { isNew } = session
    let body
    try {
      body = await page(session.data, req.query)
    } catch (error) {
      await session.release()
      throw error
    }
    const outcome = await session.commit()
    if (!outcome.written) throw new Error(`not written: ${outcome.reason}`)
    if (isNew) res.cookie(COOKIE, session.id, { httpOnly: true, sameSite: 'lax' })
    res.json(body)
  }
}
