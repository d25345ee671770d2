// Access by route: readonly requests wait for nobody, optimistic ones commit if nobody else did.
import { afterEach, describe, expect, test } from '@jest/globals'
import { ownRedis } from '../support/own-redis.ts'
import { eventsNamed } from '../support/sessions.ts'
import {
  type App,
  atRest,
  build,
  called,
  closeAll,
  dataOf,
  type Gate,
  gate,
  type Handler,
  HOUSES,
  TOUCHED,
} from './support.ts'

const redis = ownRedis()
let entered: Gate
let goOn: Gate
let saved: unknown

afterEach(closeAll)

const routes: Record<string, Handler> = {
  '/slow': async (req, res) => {
    entered.open()
    await goOn.opened
    req.session.n = (req.session.n ?? 0) + 1
    res.end('slow')
  },
  '/look': (req, res) => res.end(String(req.session.n)),
  '/look-again': async (req, res) => {
    await called(done => req.session.reload(done))
    res.end(String(req.session.n))
  },
  '/look-and-write': (req, res) => {
    req.session.n = 50
    res.end('wrote?')
  },
  '/look-and-save': async (req, res) => {
    req.session.n = 50
    saved = await called(done => req.session.save(done)).catch(error => error)
    res.end()
  },
  '/optimistic': async (req, res) => {
    entered.open()
    await goOn.opened
    req.session.n = 60
    res.end('hoped')
  },
}

describe.each(HOUSES)('on %s', house => {
  let app: App
  let cookie: string
  let id: string

  async function start(resave = false) {
    entered = gate()
    goOn = gate()
    app = await build({
      house,
      on: redis,
      routes,
      options: TOUCHED,
      session: { resave },
      store: {
        access: ({ url }) =>
          url.startsWith('/look') ? 'readonly' : url === '/optimistic' ? 'optimistic' : 'exclusive',
        keepsAlive: ({ url }) => url !== '/look?poll',
      },
    })
    ;({ cookie, id } = await app.visitor())
  }
  const reasons = () => eventsNamed(app.events, 'commit-refused').map(({ reason }) => reason)

  test.each(house === 'own door' ? [false] : [false, true])(
    'readonly requests run beside a holder and write nothing (resave: %s)',
    async resave => {
      await start(resave)
      const slow = app.ask('/slow', { cookie })
      await entered.opened
      const looks = ['/look', '/look-again', '/look'].map(path => app.ask(path, { cookie }))
      expect((await Promise.all(looks)).map(({ text }) => text)).toEqual(['1', '1', '1'])
      expect(await app.sessions.inspect(id)).toMatchObject({
        writes: 1,
        waiters: 0,
        touches: expect.any(Number),
      })
      goOn.open()
      expect((await slow).text).toBe('slow')
      expect(await dataOf(app, id)).toEqual({ n: 2 })
      expect((await atRest(app, id))?.writes).toBe(2)
      expect(reasons()).toEqual([])
      expect(eventsNamed(app.events, 'lock-waited')).toEqual([])
    },
  )

  test('readonly requests keep the session alive', async () => {
    await start()
    await app.ask('/look', { cookie })
    expect(await app.sessions.inspect(id)).toMatchObject({ writes: 1, touches: 1 })
    expect((await app.sessions.inspect(id))?.ttl).toBeGreaterThan(600)
  })

  test('a write on a readonly route is not stored, and reported', async () => {
    await start()
    expect((await app.ask('/look-and-write', { cookie })).text).toBe('wrote?')
    expect(reasons()).toEqual(['read-only'])
    expect((await atRest(app, id))?.writes).toBe(1)
  })

  test('a save on a readonly route is told to its callback', async () => {
    await start()
    await app.ask('/look-and-save', { cookie })
    expect(saved).toMatchObject({ code: 'COMMIT_REFUSED', message: expect.stringContaining('read-only') })
  })

  test('a page that polls keeps its session alive only if it is meant to', async () => {
    await start()
    const before = await atRest(app, id)
    await app.ask('/look?poll', { cookie })
    expect(await atRest(app, id)).toMatchObject({ touches: before?.touches })
    await app.ask('/look', { cookie })
    expect(await atRest(app, id)).toMatchObject({ touches: (before?.touches ?? 0) + 1 })
  })

  test('an optimistic request takes no lock, and commits if nobody else did', async () => {
    await start()
    const hoped = app.ask('/optimistic', { cookie })
    await entered.opened
    expect((await app.sessions.inspect(id))?.holder).toBeUndefined()
    goOn.open()
    expect((await hoped).status).toBe(200)
    expect(await dataOf(app, id)).toEqual({ n: 60 })
  })

  test('an optimistic request that comes too late is refused and reported', async () => {
    await start()
    const hoped = app.ask('/optimistic', { cookie })
    await entered.opened
    await app.sessions.update(id, data => void Object.assign(data, { n: 5 }))
    goOn.open()
    expect((await hoped).status).toBe(200)
    expect(reasons()).toEqual(['conflict'])
    expect(await dataOf(app, id)).toEqual({ n: 5 })
  })
})
