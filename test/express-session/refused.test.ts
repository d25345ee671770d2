// Commits that are refused: the response goes out as it is and an event says why, unless an error is asked for.
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
} from './support.ts'

const redis = ownRedis()
let entered: Gate
let goOn: Gate
let after: Gate
let saved: unknown

afterEach(closeAll)

const routes: Record<string, Handler> = {
  '/changes': async (req, res) => {
    entered.open()
    await goOn.opened
    req.session.n = 2
    res.end('changed')
  },
  '/saves': async (req, res) => {
    entered.open()
    await goOn.opened
    req.session.n = 2
    saved = await called(done => req.session.save(done)).catch(error => error)
    res.end('saved')
  },
  '/late': async (req, res) => {
    const { session } = req
    res.end('sent')
    await new Promise(resolve => res.once('close', resolve))
    entered.open()
    await goOn.opened
    session.n = 3
    saved = await called(done => session.save(done)).catch(error => error)
    after.open()
  },
  '/looks': (_req, res) => res.end('looked'),
  '/circular': (req, res) => {
    req.session.self = req.session
    res.end('went round')
  },
  '/bigint': async (req, res) => {
    req.session.big = { toJSON: () => 1n }
    res.end('too big')
  },
  '/large': (req, res) => {
    req.session.text = 'x'.repeat(2000)
    res.end('large')
  },
  '/large-then-small': async (req, res) => {
    req.session.text = 'x'.repeat(2000)
    saved = await called(done => req.session.save(done)).catch(error => error)
    req.session.text = 'x'
    res.end('small')
  },
}

describe.each(HOUSES)('on %s', house => {
  let app: App
  let cookie: string
  let id: string

  async function start(refusedIsError = false) {
    entered = gate()
    goOn = gate()
    after = gate()
    saved = undefined
    const options = { breakAfter: 0.2, maxSize: 1000 }
    app = await build({ house, on: redis, routes, store: { refusedIsError }, options })
    ;({ cookie, id } = await app.visitor())
  }

  async function while_(path: string, act: () => Promise<unknown>) {
    const answer = app.ask(path, { cookie })
    await entered.opened
    await act()
    goOn.open()
    return answer
  }

  const reasons = () => eventsNamed(app.events, 'commit-refused').map(({ reason }) => reason)
  const destroyed = () => app.sessions.destroy(id)
  const broken = async () => {
    expect((await app.ask('/looks', { cookie })).text).toBe('looked')
    expect(eventsNamed(app.events, 'lock-broken')).toHaveLength(1)
  }

  test.each([
    { act: 'destroyed', by: destroyed, reason: 'destroyed', left: undefined },
    { act: 'broken', by: broken, reason: 'lock-lost', left: { n: 1 } },
  ])(
    'a session that was $act meanwhile is not written, and the response goes out',
    async ({ by, reason, left }) => {
      await start()
      expect(await while_('/changes', by)).toMatchObject({ status: 200, text: 'changed' })
      expect(reasons()).toEqual([reason])
      expect(app.errors).toEqual([])
      const view = await atRest(app, id)
      expect(view && (await dataOf(app, id))).toEqual(left)
    },
  )

  test.each([
    { act: 'destroyed', by: destroyed },
    { act: 'broken', by: broken },
  ])('with refusedIsError a session that was $act meanwhile is a 503', async ({ by }) => {
    await start(true)
    const answer = await while_('/changes', by)
    expect(answer.status).toBe(503)
    expect(answer.headers['retry-after']).toBe('1')
    expect(reasons()).toHaveLength(1)
    await atRest(app, id)
  })

  test('a save in mid-request is told that it was refused', async () => {
    await start()
    expect(await while_('/saves', destroyed)).toMatchObject({ status: 200, text: 'saved' })
    expect(saved).toMatchObject({ code: 'COMMIT_REFUSED', message: expect.stringContaining('destroyed') })
    expect(await atRest(app, id)).toBeUndefined()
  })

  test('a save after the response is told that it was refused, and that it was stored', async () => {
    await start()
    expect((await app.ask('/late', { cookie })).text).toBe('sent')
    await entered.opened
    await app.sessions.update(id, data => void Object.assign(data, { n: 2 }))
    goOn.open()
    await after.opened
    expect(saved).toMatchObject({ code: 'COMMIT_REFUSED', message: expect.stringContaining('conflict') })
    expect(await dataOf(app, id)).toEqual({ n: 2 })
    entered = gate()
    after = gate()
    await app.ask('/late', { cookie })
    await after.opened
    expect(saved).toBeUndefined()
    expect(await dataOf(app, id)).toEqual({ n: 3 })
  })

  test.each([
    { path: '/circular', reason: 'unserializable' },
    { path: '/bigint', reason: 'unserializable' },
    { path: '/large', reason: 'too-large' },
  ])('$path is refused as $reason, and the response goes out and the lock back', async ({ path, reason }) => {
    await start()
    expect((await app.ask(path, { cookie })).status).toBe(200)
    expect(reasons()).toEqual([reason])
    expect((await atRest(app, id))?.writes).toBe(1)
    expect(await dataOf(app, id)).toEqual({ n: 1 })
  })

  test.each(['/circular', '/large'])(
    '%s in a new session is refused, and the response goes out',
    async path => {
      await start()
      expect((await app.ask(path)).status).toBe(200)
      expect(reasons()).toHaveLength(1)
    },
  )

  test.each(['/circular', '/large'])('%s is a 503 with refusedIsError', async path => {
    await start(true)
    expect((await app.ask(path, { cookie })).status).toBe(503)
    await atRest(app, id)
  })

  test('a session that was too large for a save and then shrank is stored', async () => {
    await start()
    expect((await app.ask('/large-then-small', { cookie })).text).toBe('small')
    expect(saved).toMatchObject({ code: 'COMMIT_REFUSED', message: expect.stringContaining('too-large') })
    await atRest(app, id)
    expect(await dataOf(app, id)).toEqual({ n: 1, text: 'x' })
  })
})
