// Where a visitor is logged in, and how to end that: one device, or all but this one.
import { type Request, type Response, Router } from 'express'
import type { Sessions } from 'latchkey'
import { devicesPage } from './pages/devices.ts'
import { sendPage } from './pages/layout.ts'
import { visitorOf } from './visitor.ts'

export function devices(sessions: Sessions): Router {
  const router = Router()

  router.get('/devices', async (req, res) => {
    const user = userOf(req, res)
    if (user === undefined) return
    const main = devicesPage(await sessions.of(user, { current: req.session }))
    sendPage(res, { title: 'Your devices', path: '/devices', visitor: visitorOf(req), main })
  })

  router.post('/devices/end', async (req, res) => {
    const user = userOf(req, res)
    if (user === undefined) return
    const all = await sessions.of(user, { current: req.session })
    // A form can name any session: only those of this visitor are theirs to end.
    const device = all.find(({ name, current }) => name === req.body.name && !current)
    if (device) await sessions.end(device.name)
    res.redirect(303, '/devices')
  })

  router.post('/devices/end-others', async (req, res) => {
    const user = userOf(req, res)
    if (user === undefined) return
    await sessions.endOf(user, { except: req.session })
    res.redirect(303, '/devices')
  })

  return router
}

/** Who has logged in; without one, the answer leads to the login. */
function userOf({ session }: Request, res: Response): string | undefined {
  if (session.name === undefined) res.redirect(303, '/login')
  return session.name
}
