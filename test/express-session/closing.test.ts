// The end of a process: `server.close()`, and then the sessions. Running requests are answered and stored.
import { afterEach, describe, expect, test } from '@jest/globals'
import type { Access } from '../../src/session/outcome.ts'
import { type Answer, cookieOf } from '../support/http.ts'
import { ownRedis } from '../support/own-redis.ts'
import type { Watched } from '../support/sessions.ts'
import {
  type App,
  build,
  called,
  closeAll,
  type Gate,
  gate,
  type Handler,
  HOUSES,
  type House,
  idIn,
  TOUCHED,
} from './support.ts'

const redis = ownRedis()
const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))
const GRACE = 5
const SOON = 1000

afterEach(closeAll)

let entered: Gate
let goOn: Gate
let app: App
let other: Watched
let started = 0

const routes: Record<string, Handler> = {
  '/login': async (req, res) => {
    await called(done => req.session.regenerate(done))
    entered.open()
    await goOn.opened
    req.session.user = 'ann'
    res.end('welcome')
  },
  '/checks-then-logs-in': async (req, res) => {
    entered.open()
    await goOn.opened
    await called(done => req.session.regenerate(done))
    req.session.user = 'ann'
    await called(done => req.session.save(done))
    res.end('welcome')
  },
  '/changes': async (req, res) => {
    entered.open()
    await goOn.opened
    req.session.user = 'ann'
    res.end('changed')
  },
  '/looks': async (_req, res) => {
    entered.open()
    await goOn.opened
    res.end('looked')
  },
}

async function start(house: House, access: Access) {
  entered = gate()
  goOn = gate()
  const options = { ...TOUCHED, prefix: `closing${++started}_` }
  // What the routes of all tests do at first is stored whatever the access is.
  const byRoute = (req: { url?: string }) => (req.url === '/begin' ? 'exclusive' : access)
  app = await build({ house, on: redis, routes, options, store: { access: byRoute } })
  other = await redis.watched(options)
}

/** The answer to a request in whose midst the process was told to end, and how long the end took. */
async function askedAtTheEnd(path: string, cookie?: string): Promise<{ answer: Answer; took: number }> {
  const asked = app.ask(path, { cookie })
  await entered.opened
  const began = performance.now()
  let took = 0
  const closed = app.sessions.close({ grace: GRACE }).then(() => {
    took = performance.now() - began
  })
  await pause(30)
  expect(took).toBe(0)
  goOn.open()
  const answer = await asked
  await closed
  return { answer, took }
}

const dataOf = async (id: string) => (await other.sessions.open(id, { access: 'readonly' })).data

describe.each(HOUSES)('on %s', house => {
  test.each(['/login', '/checks-then-logs-in'])('a visitor who logs in is logged in: %s', async path => {
    await start(house, 'exclusive')
    const { cookie } = await app.visitor()
    const { answer, took } = await askedAtTheEnd(path, cookie)
    expect(answer).toMatchObject({ status: 200, text: 'welcome' })
    expect(await dataOf(idIn(cookieOf(answer) ?? ''))).toMatchObject({ user: 'ann' })
    expect(took).toBeLessThan(SOON)
  })

  test.each(['exclusive', 'optimistic'] as const)('a first visit is stored, %s', async access => {
    await start(house, access)
    const { answer, took } = await askedAtTheEnd('/changes')
    expect(answer.status).toBe(200)
    expect(await dataOf(idIn(cookieOf(answer) ?? ''))).toMatchObject({ user: 'ann' })
    expect(took).toBeLessThan(SOON)
  })

  test.each(['exclusive', 'optimistic'] as const)('a change is stored, %s', async access => {
    await start(house, access)
    const { cookie, id } = await app.visitor()
    const { answer, took } = await askedAtTheEnd('/changes', cookie)
    expect(answer.status).toBe(200)
    expect(await dataOf(id)).toMatchObject({ user: 'ann' })
    expect(took).toBeLessThan(SOON)
  })

  test.each(['exclusive', 'optimistic', 'readonly'] as const)(
    'who only looks is answered, %s',
    async access => {
      await start(house, access)
      const { cookie, id } = await app.visitor()
      const { answer, took } = await askedAtTheEnd('/looks', cookie)
      expect(answer).toMatchObject({ status: 200, text: 'looked' })
      expect((await other.sessions.inspect(id))?.touches).toBe(1)
      expect(took).toBeLessThan(SOON)
    },
  )

  test('who has been answered, an unknown cookie and a session that a socket has loaded are not waited for', async () => {
    await start(house, 'exclusive')
    const { cookie, id } = await app.visitor()
    await app.ask('/n', { cookie })
    await app.ask('/n')
    await app.ask('/n', { cookie: cookie.replace(id, 'x'.repeat(id.length)) })
    const load = house === 'own door' ? app.store.get : app.store.load
    const loaded = await called(done => load.call(app.store, id, done))
    const unknown = await called(done => app.store.get('nobody-knows-this-id', done))
    const began = performance.now()
    await app.sessions.close({ grace: GRACE })
    expect(performance.now() - began).toBeLessThan(SOON)
    expect([loaded, unknown]).toMatchObject([{ n: 1 }, null])
  })
})
