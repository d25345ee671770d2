import { afterEach, expect, test } from '@jest/globals'
import type { OptionsInput } from '../../../src/index.ts'
import {
  type App,
  atRest,
  build,
  called,
  closeAll,
  dataOf,
  gate,
  type Handler,
} from '../../express-session/support.ts'

/** The rows of the express store that a place of Redis could spoil, each over HTTP. */
export function expressPromises(config: () => OptionsInput): void {
  const app = (routes: Record<string, Handler> = {}): Promise<App> =>
    build({
      on: 'memory',
      routes: { ...ROUTES, ...routes },
      options: { ...config(), store: 'redis', prefix: 'sess_' },
    })

  afterEach(closeAll)

  test('requests of one visitor that run at once in two processes lose nothing', async () => {
    const shops = [await app(), await app()] as const
    const { cookie, id } = await shops[0].visitor()
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => shops[i % 2 === 0 ? 0 : 1].ask('/add', { cookie })),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(40).fill(200))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(40)
    await atRest(shops[1], id)
    expect(await dataOf(shops[0], id)).toEqual({ n: 41 })
  })

  test('a client that follows a redirect at once, to another process, finds its login', async () => {
    const [one, other] = [await app(), await app()]
    const { cookie } = await one.visitor()
    expect((await one.ask('/login', { cookie })).status).toBe(303)
    expect((await other.ask('/user', { cookie })).text).toBe('eve')
  })

  test('a logout during a slow request stays a logout', async () => {
    const [began, may] = [gate(), gate()]
    const slow: Handler = async (req, res) => {
      began.open()
      await may.opened
      req.session.n = 99
      res.end('slow')
    }
    const one = await app({ '/slow': slow })
    const { cookie, id } = await one.visitor()
    const late = one.ask('/slow', { cookie })
    await began.opened
    expect(await one.sessions.destroy(id)).toBe(true)
    may.open()
    await late
    expect(await one.sessions.inspect(id)).toBeUndefined()
  })

  test('a session under a new id keeps its data; the old id reads what there was, for a moment, and no cookie comes with it', async () => {
    const one = await app()
    const { cookie, id } = await one.visitor()
    expect((await one.ask('/renew', { cookie })).text).not.toBe(id)
    const late = await one.ask('/n', { cookie })
    expect(late.text).toBe('1')
    expect(late.headers['set-cookie']).toBeUndefined()
  })

  test('what is read only waits for nobody', async () => {
    const one = await app()
    const { cookie, id } = await one.visitor()
    const held = await one.sessions.open(id)
    const looks = await build({
      on: 'memory',
      routes: {},
      options: { ...config(), store: 'redis', prefix: 'sess_' },
      store: { access: () => 'readonly' },
    })
    expect((await looks.ask('/n', { cookie })).text).toBe('1')
    await held.release()
  })
}

const ROUTES: Record<string, Handler> = {
  '/add': (req, res) => {
    req.session.n = (req.session.n ?? 0) + 1
    res.end(String(req.session.n))
  },
  '/login': (req, res) => {
    req.session.user = 'eve'
    res.writeHead(303, { location: '/user' }).end()
  },
  '/user': (req, res) => res.end(req.session.user),
  '/renew': async (req, res) => {
    const { n } = req.session
    await called(done => req.session.regenerate(done))
    req.session.n = n
    res.end(req.sessionID)
  },
}
