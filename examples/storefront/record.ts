// The session's record as the store has it, looked at without taking the lock and without lengthening its life.
import type { IncomingMessage } from 'node:http'
import { Router } from 'express'
import type { InspectedSession, Sessions } from 'latchkey'
import { assets } from './assets.ts'
import { sendPage } from './pages/layout.ts'
import { recordPage } from './pages/record.ts'
import { visitorOf } from './visitor.ts'

/** The requests that only look: their sessions are opened read-only. */
export function onlyLooks({ url }: IncomingMessage): boolean {
  return /^\/record(\.json)?(\?|$)/.test(url ?? '')
}

/** @param rival the name of what the race compares with */
export function record(sessions: Sessions, rival: string): Router {
  const router = Router()

  router.get('/record', (req, res) => {
    const main = recordPage(sessions.store.kind, rival)
    const script = assets.recordScript
    sendPage(res, { title: 'Record', path: '/record', visitor: visitorOf(req), main, script })
  })

  router.get('/record.json', async (req, res) => {
    const view = await sessions.inspect(req.sessionID)
    res.json({ store: sessions.store.kind, record: view ? shown(view, req.sessionID) : null })
  })

  return router
}

/** Scripts of the page may read this, so it holds nothing that opens the session: with plain naming, the key is the id. */
function shown({ key, holder, ...view }: InspectedSession, id: string) {
  const { request, heldFor, php } = holder ?? {}
  return { ...view, key: key.replace(id, '…'), holder: holder && { request, heldFor, php } }
}
