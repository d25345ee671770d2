// A new id beside other requests, and after what failed: the session under the old one ends once, and not too early.
import { afterEach, describe, expect, test } from '@jest/globals'
import { cookieOf } from '../support/http.ts'
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
} from './support.ts'

const redis = ownRedis()
let entered: Gate
let goOn: Gate
let told: unknown

afterEach(closeAll)

const regenerated = (req: Parameters<Handler>[0]) => called(done => req.session.regenerate(done))

const routes: Record<string, Handler> = {
  '/rotate': async (req, res) => {
    const { n } = req.session
    entered.open()
    await goOn.opened
    await regenerated(req)
    req.session.n = n
    res.end('rotated')
  },
  '/regenerate-destroy': async (req, res) => {
    await regenerated(req)
    await called(done => req.session.destroy(done))
    res.end('gone')
  },
  '/login': async (req, res) => {
    const { n } = req.session
    await regenerated(req)
    Object.assign(req.session, { n, user: 'ann' })
    res.end(req.sessionID)
  },
  '/logout-by-null': async (req, res) => {
    await regenerated(req)
    Object.assign(req.session, { n: null })
    res.end('out')
  },
  '/circular-then-good': async (req, res) => {
    await regenerated(req)
    req.session.self = req.session
    told = await called(done => req.session.save(done)).catch(error => error)
    delete req.session.self
    req.session.user = 'ann'
    res.end(req.sessionID)
  },
  '/regenerates': async (req, res) => {
    told = await regenerated(req).catch(error => error)
    res.end(req.sessionID)
  },
}

describe.each(HOUSES)('on %s', house => {
  let app: App
  let cookie: string
  let id: string

  async function start(store: Parameters<typeof build>[0]['store'] = {}) {
    entered = gate()
    goOn = gate()
    told = undefined
    app = await build({ house, on: redis, routes, store, options: { breakAfter: 0.2 } })
    ;({ cookie, id } = await app.visitor())
  }

  const looked = () => app.sessions.open(id, { access: 'readonly' })

  test.each([
    { beside: 'a logout', act: () => app.sessions.destroy(id), reason: 'destroyed' },
    { beside: 'one that broke its lock', act: () => app.ask('/n', { cookie }), reason: 'lock-lost' },
  ])('a new id beside $beside is not stored, and gets no cookie', async ({ act, reason }) => {
    await start()
    const answer = app.ask('/rotate', { cookie })
    await entered.opened
    await act()
    goOn.open()
    expect(await answer).toMatchObject({ status: 200, text: 'rotated' })
    expect(cookieOf(await answer)).toBeUndefined()
    expect(eventsNamed(app.events, 'commit-refused')).toMatchObject([{ reason }])
    expect(await called<number>(done => app.store.length(done))).toBe(reason === 'destroyed' ? 0 : 1)
  })

  test('regenerate and destroy leave nothing, and nothing to read', async () => {
    await start()
    expect((await app.ask('/regenerate-destroy', { cookie })).text).toBe('gone')
    expect(await atRest(app, id)).toBeUndefined()
    expect((await looked()).isNew).toBe(true)
  })

  test('the old data is read under the old id after a login, and not after a logout', async () => {
    await start()
    const fresh = (await app.ask('/login', { cookie })).text
    expect(await dataOf(app, fresh)).toEqual({ n: 1, user: 'ann' })
    expect(await dataOf(app, id)).toEqual({ n: 1 })
    ;({ cookie, id } = await app.visitor())
    await app.ask('/logout-by-null', { cookie })
    expect(await looked()).toMatchObject({ access: 'moved' })
    expect(await dataOf(app, id)).toEqual({})
  })

  test('the old session ends with the save that succeeds after one that failed', async () => {
    await start()
    const fresh = (await app.ask('/circular-then-good', { cookie })).text
    expect(told).toMatchObject({ code: 'COMMIT_REFUSED' })
    await atRest(app, fresh)
    expect(await dataOf(app, fresh)).toEqual({ user: 'ann' })
    expect(await app.sessions.inspect(id)).toBeUndefined()
  })

  test('a read-only session gets no new id, and its caller is told why', async () => {
    await start({ access: req => (req.url === '/regenerates' ? 'readonly' : 'exclusive') })
    expect((await app.ask('/regenerates', { cookie })).text).toBe(id)
    expect(told).toMatchObject({ code: 'SESSION_READ_ONLY' })
    expect(await dataOf(app, id)).toEqual({ n: 1 })
  })
})
