// The store called directly, as socket.io and scripts do: no lock is left with anybody.
import { afterEach, describe, expect, test } from '@jest/globals'
import type { Session, SessionData } from 'express-session'
import {
  type App,
  atRest,
  build,
  called,
  closeAll,
  dataOf,
  type Handler,
  STORE_HOUSES,
} from '../../express-session/support.ts'
import { ownRedis } from '../../support/own-redis.ts'

const redis = ownRedis()
let app: App
let cookie: string
let id: string
let otherId: string

afterEach(closeAll)

type Loaded = Session & SessionData
const get = (sid: string) => called<SessionData | null>(done => app.store.get(sid, done))
const load = (sid: string) =>
  called<Loaded>(done => app.store.load(sid, done as (error: unknown, loaded?: SessionData) => void))
const held = async (sid: string) => (await app.sessions.inspect(sid))?.holder !== undefined

const routes: Record<string, Handler> = {
  '/get-own': async (req, res) => {
    const data = await get(id)
    req.session.n = (data?.n ?? 0) + 10
    res.end(String(await held(id)))
  },
  '/load-own': async (_req, res) => {
    const loaded = await load(id)
    res.end(`${loaded.n} ${await held(id)}`)
  },
  '/get-other': async (_req, res) => {
    const data = await get(otherId)
    res.end(`${data?.n} ${app.sessions.counts.holding}`)
  },
  '/load-other': async (_req, res) => {
    const loaded = await load(otherId)
    loaded.n = 20
    await called(done => loaded.save(done))
    res.end(String(app.sessions.counts.holding))
  },
  '/set-own': async (req, res) => {
    await called(done => app.store.set(id, { cookie: req.session.cookie, n: 30 } as never, done))
    res.end(String(await held(id)))
  },
  '/touch-own': async (req, res) => {
    await called(done => app.store.touch(id, req.session as never, () => done()))
    res.end(String(await held(id)))
  },
  '/destroy-other': async (_req, res) => {
    await called(done => app.store.destroy(otherId, done))
    res.end(String(await held(id)))
  },
}

describe.each(STORE_HOUSES)('on %s', house => {
  describe.each(['redis', 'memory'])('with %s', kind => {
    async function start() {
      app = await build({ house, on: kind === 'redis' ? redis : 'memory', routes })
      ;({ cookie, id } = await app.visitor())
      otherId = (await app.visitor()).id
    }

    test('outside a request get and load take no lock, and a save of what was loaded is stored', async () => {
      await start()
      expect(await get(id)).toMatchObject({ n: 1 })
      const loaded = await load(id)
      expect(app.sessions.counts.holding).toBe(0)
      loaded.n = 2
      await called(done => loaded.save(done))
      loaded.n = 3
      await called(done => loaded.save(done))
      expect((await atRest(app, id))?.writes).toBe(3)
      expect(await dataOf(app, id)).toEqual({ n: 3 })
      await called(done => loaded.reload(done))
      expect(app.sessions.counts.holding).toBe(0)
    })

    test('a loaded session whose record changed meanwhile is not saved over it', async () => {
      await start()
      const loaded = await load(id)
      await app.sessions.update(id, data => void Object.assign(data, { n: 5 }))
      loaded.n = 2
      await expect(called(done => loaded.save(done))).rejects.toMatchObject({ code: 'COMMIT_REFUSED' })
      expect(await dataOf(app, id)).toEqual({ n: 5 })
    })

    test.each([
      { path: '/get-own', says: 'true', own: { n: 11 }, other: { n: 1 } },
      { path: '/load-own', says: '1 true', own: { n: 1 }, other: { n: 1 } },
      { path: '/get-other', says: '1 1', own: { n: 1 }, other: { n: 1 } },
      { path: '/load-other', says: '1', own: { n: 1 }, other: { n: 20 } },
      { path: '/set-own', says: 'true', own: { n: 30 }, other: { n: 1 } },
      { path: '/touch-own', says: 'true', own: { n: 1 }, other: { n: 1 } },
    ])('in a request $path keeps its own lock and no other', async ({ path, says, own, other }) => {
      await start()
      expect((await app.ask(path, { cookie })).text).toBe(says)
      await atRest(app, id)
      await atRest(app, otherId)
      expect(await dataOf(app, id)).toEqual(own)
      expect(await dataOf(app, otherId)).toEqual(other)
    })

    test('in a request another session can be destroyed', async () => {
      await start()
      expect((await app.ask('/destroy-other', { cookie })).text).toBe('true')
      expect(await app.sessions.inspect(otherId)).toBeUndefined()
      await atRest(app, id)
    })

    test('set, touch and destroy work without a request', async () => {
      await start()
      const data = { cookie: { originalMaxAge: 120_000, maxAge: 120_000 }, n: 7 }
      await called(done => app.store.set('a-new-id-of-a-script', data as never, done))
      expect(await app.sessions.inspect('a-new-id-of-a-script')).toMatchObject({ writes: 1 })
      expect((await app.sessions.inspect('a-new-id-of-a-script'))?.ttl).toBeLessThanOrEqual(120)
      await called(done => app.store.set('a-new-id-of-a-script', { ...data, n: 8 } as never, done))
      await called(done => app.store.touch('a-new-id-of-a-script', data as never, () => done()))
      expect(await dataOf(app, 'a-new-id-of-a-script')).toEqual({ n: 8 })
      await called(done => app.store.destroy('a-new-id-of-a-script', done))
      expect(await get('a-new-id-of-a-script')).toBeNull()
      await expect(called(done => app.store.set('with a blank', data as never, done))).rejects.toMatchObject({
        code: 'ID_MALFORMED',
      })
      expect(app.sessions.counts).toEqual({ holding: 0, waiting: 0 })
    })
  })
})
