// The session's record as the store has it, looked at without taking the lock and without lengthening its life.
import type { IncomingMessage } from 'node:http'
import { Router } from 'express'
import type { Sessions } from 'latchkey'
import { assets } from './assets.ts'
import { sendPage } from './pages/layout.ts'
import { recordPage } from './pages/record.ts'
import { visitorOf } from './visitor.ts'

/** The requests that only look: their sessions are opened read-only. */
export function onlyLooks({ url }: IncomingMessage): boolean {
  return /^\/record(\.json)?(\?|$)/.test(url ?? '')
}

export function record(sessions: Sessions): Router {
  const router = Router()

  router.get('/record', (req, res) => {
    const main = recordPage(sessions.store.kind)
    const script = assets.recordScript
    sendPage(res, { title: 'Record', path: '/record', visitor: visitorOf(req), main, script })
  })

  router.get('/record.json', async (req, res) => {
    const view = await sessions.inspect(req.sessionID)
    res.json({ store: sessions.store.kind, record: view ?? null })
  })

  return router
}
