// Too many requests, and a Redis that is away: 503 at once or within a second, and a cookie that stays.
import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { ExpressStoreOptions } from '../../../src/express-session/index.ts'
import { sendAnswer } from '../../../src/http/answer.ts'
import {
  type App,
  atRest,
  begin,
  build,
  called,
  closeAll,
  type Gate,
  gate,
  type Handler,
  HOUSES,
} from '../../express-session/support.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { eventsNamed, eventually } from '../../support/sessions.ts'

let redis: RedisServer
let entered: Gate
let goOn: Gate
let told: unknown
const unhandled = jest.fn()

beforeEach(async () => {
  redis = await startRedis()
  entered = gate()
  goOn = gate()
  unhandled.mockClear()
  process.on('unhandledRejection', unhandled)
})
afterEach(async () => {
  await closeAll()
  await redis.stop()
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
})

const held = async () => {
  entered.open()
  await goOn.opened
}
const codeOf = (error: { code: string }) => error.code
const routes: Record<string, Handler> = {
  '/changes': async (req, res) => {
    await held()
    req.session.n = 2
    res.setHeader('X-Page', 'yes')
    res.end('changed')
  },
  '/looks': async (_req, res) => {
    await held()
    res.end('looked')
  },
  '/streams': async (req, res) => {
    req.session.n = 2
    res.write('first')
    await held()
    res.end('last')
  },
  '/destroys': async (req, res) => {
    await held()
    told = await called(done => req.session.destroy(done)).catch(codeOf)
    res.end()
  },
  '/saves': async (req, res) => {
    await held()
    req.session.n = 2
    told = await called(done => req.session.save(done)).catch(codeOf)
    res.end()
  },
  '/regenerates': async (req, res) => {
    await held()
    told = await called(done => req.session.regenerate(done)).catch(codeOf)
    req.session.user = 'ann'
    res.end()
  },
}

describe.each(HOUSES)('on %s', house => {
  let app: App

  /** The answer to a request whose handler runs while Redis dies. */
  async function killedMeanwhile(path: string, cookie?: string) {
    const answer = app.ask(path, { cookie })
    await entered.opened
    redis.kill('SIGKILL')
    await eventually(() => eventsNamed(app.events, 'store-down').length > 0)
    goOn.open()
    const answered = await answer
    // No lease is renewed for a lock that was given up.
    expect(app.sessions.counts).toEqual({ holding: 0, waiting: 0 })
    return answered
  }

  async function recovers() {
    await redis.restart()
    await eventually(async () => (await app.ask('/begin')).status === 200)
    expect((await app.ask('/n', await app.visitor())).text).toBe('1')
    expect(app.sessions.counts).toEqual({ holding: 0, waiting: 0 })
  }

  test('one request too many is answered 503 with Retry-After, at once', async () => {
    app = await build({ house, on: redis, routes, options: { maxConcurrency: 1 } })
    const { cookie, id } = await app.visitor()
    const first = app.ask('/changes', { cookie })
    await entered.opened
    const second = app.ask('/looks', { cookie })
    await eventually(async () => (await app.sessions.inspect(id))?.waiters === 1)
    const third = await app.ask('/looks', { cookie })
    expect(third.status).toBe(503)
    expect(third.headers['retry-after']).toBe('1')
    expect(third.headers['set-cookie']).toBeUndefined()
    expect(app.errors).toMatchObject([{ code: 'CONCURRENT_CONNECTIONS_EXCEEDED' }])
    goOn.open()
    expect([(await first).status, (await second).status]).toEqual([200, 200])
    await atRest(app, id)
  })

  test('Redis away at the beginning is a 503 with Retry-After that leaves the cookie alone', async () => {
    app = await build({ house, on: redis, routes, session: { rolling: true, cookie: { maxAge: 60_000 } } })
    const { cookie } = await app.visitor()
    redis.kill('SIGKILL')
    await eventually(() => eventsNamed(app.events, 'store-down').length > 0)
    const answer = await app.ask('/n', { cookie })
    expect(answer.status).toBe(503)
    expect(answer.headers['retry-after']).toBe('1')
    expect(answer.headers['set-cookie']).toBeUndefined()
    await recovers()
  })

  test.each(['/changes', '/looks'])('Redis dying while %s runs is a 503, not a 200', async path => {
    // The applications of these tests hand the errors of our own middleware on to Express, which keeps the headers.
    const onCommitError: ExpressStoreOptions['onCommitError'] = (error, _req, res) => sendAnswer(res, error)
    app = await build({ house, on: redis, routes, store: house === 'own door' ? { onCommitError } : {} })
    const { cookie } = await app.visitor()
    const answer = await killedMeanwhile(path, cookie)
    expect(answer.status).toBe(503)
    expect(answer.headers['retry-after']).toBe('1')
    expect(answer.headers['x-page']).toBeUndefined()
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(app.errors).toEqual([])
    await recovers()
  })

  test('an outage is two lines of the log, and no error of the application, however many requests it refuses', async () => {
    const nothing =
      house === 'own door'
        ? { onCommitError: (error: unknown, _: unknown, res: ServerResponse) => sendAnswer(res, error) }
        : {}
    app = await build({ house, on: redis, routes, store: { onOpenError: undefined, ...nothing } })
    const { cookie } = await app.visitor()
    app.lines.length = 0
    redis.kill('SIGKILL')
    await eventually(() => eventsNamed(app.events, 'store-down').length > 0)
    for (let n = 0; n < 5; n++) {
      const answer = await app.ask('/n', { cookie })
      expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
      expect(answer.text).not.toMatch(/redis|session|\bat /i)
    }
    await redis.restart()
    await eventually(() => eventsNamed(app.events, 'store-up').length > 0)
    const shown = app.lines.filter(({ level }) => Number(level) >= 30)
    expect(shown.map(({ msg }) => msg)).toEqual([
      expect.stringMatching(/^the store is not available \(.*Check that Redis runs/),
      expect.stringMatching(/^the store is available again after .*; 5 requests were refused$/),
    ])
    expect(app.errors).toEqual([])
    await recovers()
  })

  test('Redis away when a new session is to be stored is a 503 without its cookie', async () => {
    app = await build({ house, on: redis, routes })
    await app.visitor()
    const answer = await killedMeanwhile('/changes')
    expect(answer.status).toBe(503)
    expect(answer.headers['set-cookie']).toBeUndefined()
    await recovers()
  })

  test('an answer of one’s own can take the place of the 503', async () => {
    const seen: unknown[] = []
    app = await build({
      house,
      on: redis,
      routes,
      store: {
        onCommitError: (error, _req, res) => {
          seen.push(error)
          res.statusCode = 500
          res.end('own words', () => seen.push('sent'))
        },
      },
    })
    const answer = await killedMeanwhile('/changes', (await app.visitor()).cookie)
    expect(answer).toMatchObject({ status: 500, text: 'own words' })
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(seen).toMatchObject([{ code: 'STORE_UNAVAILABLE' }, 'sent'])
    await recovers()
  })

  test.each(['/destroys', '/saves'])('Redis dying before %s is told to the callback', async path => {
    app = await build({ house, on: redis, routes })
    const answer = await killedMeanwhile(path, (await app.visitor()).cookie)
    expect(told).toBe('STORE_UNAVAILABLE')
    // The destroyed session has nothing more to store; the others have.
    expect(answer.status).toBe(path === '/destroys' ? 200 : 503)
    await recovers()
  })

  test('Redis dying before /regenerates costs the old session nothing: it ends when the new one is stored', async () => {
    app = await build({ house, on: redis, routes })
    const answer = await killedMeanwhile('/regenerates', (await app.visitor()).cookie)
    expect(told).toBeUndefined()
    expect(answer.status).toBe(503)
    expect(answer.headers['set-cookie']).toBeUndefined()
    await recovers()
  })

  test('a response that has begun is cut when its session cannot be stored', async () => {
    app = await build({ house, on: redis, routes })
    const { cookie } = await app.visitor()
    const sent = begin(app, '/streams', cookie)
    const head = await sent.head
    await entered.opened
    redis.kill('SIGKILL')
    await eventually(() => eventsNamed(app.events, 'store-down').length > 0)
    goOn.open()
    head.on('error', () => {})
    await new Promise(resolve => head.resume().on('close', resolve))
    expect(head.complete).toBe(false)
    expect(eventsNamed(app.events, 'store-failed')).toMatchObject([{ during: 'commit' }])
    await recovers()
  })
})
