// What latchkey/hono is alone with. What it shares with all frameworks is in test/doors.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Hono } from 'hono'
import { type SessionVariables, session } from '../../src/hono/index.ts'
import { HUMAN, type Watched, watchedSessions } from '../support/sessions.ts'

let watched: Watched

beforeEach(async () => {
  watched = await watchedSessions({ store: 'memory' })
})
afterEach(() => watched.sessions.close({ grace: 0 }))

type Data = { n?: number }

function shop() {
  const app = new Hono<{ Variables: SessionVariables<Data> }>()
  app.use(session<Data>({ sessions: watched.sessions, secret: 's' }))
  app.get('/start', c => {
    c.var.session.data.n = 1
    return c.text('started')
  })
  const holder = async (id: string) => (await watched.sessions.inspect(id))?.holder?.request ?? null
  app.get('/reset/:token', async c => c.text(String(await holder(c.var.session.id))))
  app.notFound(async c => c.text(String(await holder(c.var.session.id))))
  return app
}

/** How others see the request for this path while it holds its session. */
async function seen(path: string): Promise<string> {
  const app = shop()
  const headers = { 'user-agent': HUMAN, host: 'shop.example' }
  const started = await app.request('/start', { headers })
  const cookie = started.headers.get('set-cookie')?.split(';')[0] ?? ''
  return (await app.request(path, { headers: { ...headers, cookie } })).text()
}

test('others are told the pattern of a route, and not what stands in its place', async () => {
  expect(await seen('/reset/s3cret?x=1')).toBe('GET shop.example/reset/:token')
})

test('where no route fits they are told the path', async () => {
  expect(await seen('/nowhere?x=1')).toBe('GET shop.example/nowhere')
})
