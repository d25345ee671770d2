// What express-session's README documents, from top to bottom: the same requests to it and to our own middleware.
import { describe, expect, test } from '@jest/globals'
import express from 'express'
import expressSession from 'express-session'
import { type ExpressOptions, session } from '../../../src/express/index.ts'
import { attributesOf, type Browser, browse, serve, shop } from '../../express/support.ts'
import type { Asked } from '../../support/http.ts'
import { ownRedis } from '../../support/own-redis.ts'

const redis = ownRedis()

const MINUTE = 60_000
type Theirs = expressSession.SessionOptions
type Route = (req: express.Request, res: express.Response) => unknown
interface Told {
  options?: object
  cookie?: object | ((req: express.Request) => object)
  asked?: Asked
  trustProxy?: unknown
  routes?: Record<string, Route>
}

const ROUTES: Record<string, Route> = {
  '/begin': req => {
    req.session.n = 1
  },
  '/n': req => req.session?.n ?? null,
  '/changes': req => {
    if (req.session) req.session.n = 2
  },
}

/** Where ours has defaults of its own, both are told the same. */
const NEUTRAL = { sameSite: false, secure: false }

/** Two applications that differ in their middleware only, each with a browser. */
async function both({ options, cookie = {}, trustProxy, routes }: Told): Promise<[Browser, Browser]> {
  const neutral =
    typeof cookie === 'function'
      ? (req: express.Request) => ({ ...NEUTRAL, ...cookie(req) })
      : { ...NEUTRAL, ...cookie }
  const told = { secret: 'a secret', resave: false, saveUninitialized: false, ...options, cookie: neutral }
  const equip = (app: express.Express, sessioned: express.RequestHandler) => {
    if (trustProxy !== undefined) app.set('trust proxy', trustProxy)
    app.use(sessioned)
    for (const [path, route] of Object.entries({ ...ROUTES, ...routes })) {
      app.all(path, async (req, res) => {
        const told = await route(req, res)
        if (!res.writableEnded) res.json(told ?? null)
      })
    }
  }
  const ours = await shop(redis, equip, told as object)
  const theirs = express()
  theirs.set('env', 'test')
  equip(theirs, expressSession(told as Theirs))
  return [await ours.browser(), browse(await serve(theirs))]
}

/** What each answers to the same requests, one after the other. */
async function answers(browsers: Browser[], paths: string[], asked?: Asked) {
  return Promise.all(
    browsers.map(async browser => {
      const seen: unknown[] = []
      for (const path of paths) {
        const answer = await browser.ask(path, asked)
        seen.push({ path, status: answer.status, text: answer.text, cookie: attributesOf(answer) })
      }
      return seen
    }),
  )
}

const HTTPS = { headers: { 'x-forwarded-proto': 'https' } }
const SECURED = { trustProxy: 1, asked: HTTPS }
const inAnHour = () => new Date(Date.now() + 60 * MINUTE)

const COOKIES: [string, Told][] = [
  ['no options', {}],
  ['cookie.domain', { cookie: { domain: 'shop.example' } }],
  ['cookie.expires', { cookie: { expires: inAnHour() } }],
  ['cookie.expires of null', { cookie: { expires: null } }],
  ['cookie.expires after cookie.maxAge', { cookie: { maxAge: MINUTE, expires: inAnHour() } }],
  ['cookie.maxAge after cookie.expires', { cookie: { expires: inAnHour(), maxAge: MINUTE } }],
  ['cookie.maxAge of null after cookie.expires', { cookie: { expires: inAnHour(), maxAge: null } }],
  ['cookie.httpOnly of true', { cookie: { httpOnly: true } }],
  ['cookie.httpOnly of false', { cookie: { httpOnly: false } }],
  ['cookie.maxAge', { cookie: { maxAge: MINUTE } }],
  ['cookie.maxAge of null', { cookie: { maxAge: null } }],
  ['cookie.partitioned of true', { cookie: { partitioned: true } }],
  ['cookie.partitioned of false', { cookie: { partitioned: false } }],
  ['cookie.path', { cookie: { path: '/begin' } }],
  ['cookie.path elsewhere', { cookie: { path: '/admin' }, routes: { '/begin': req => typeof req.session } }],
  ...(['low', 'medium', 'high'] as const).map((priority): [string, Told] => [
    `cookie.priority of ${priority}`,
    { cookie: { priority } },
  ]),
  ...[true, false, 'lax', 'none', 'strict', 'auto'].flatMap((sameSite): [string, Told][] => [
    [`cookie.sameSite of ${sameSite} over HTTP`, { cookie: { sameSite } }],
    [`cookie.sameSite of ${sameSite} over HTTPS`, { cookie: { sameSite }, ...SECURED }],
  ]),
  ...[true, false, 'auto'].flatMap((secure): [string, Told][] => [
    [`cookie.secure of ${secure} over HTTP`, { cookie: { secure } }],
    [`cookie.secure of ${secure} over HTTPS`, { cookie: { secure }, ...SECURED }],
  ]),
  [
    'a cookie as a function of the request, as in the README',
    {
      ...SECURED,
      cookie: req => ({
        path: `/${/^\/([^/]+)/.exec(req.url)?.[1] ?? ''}`,
        httpOnly: true,
        secure: req.secure || false,
        maxAge: MINUTE,
      }),
    },
  ],
  [
    'a cookie as a function that says something else to the next request',
    {
      cookie: req =>
        req.url === '/begin' ? { maxAge: MINUTE, httpOnly: false } : { maxAge: 30 * MINUTE, httpOnly: true },
    },
  ],
  ['name', { options: { name: 'connect.sid' } }],
  ['proxy of undefined without trust proxy', { cookie: { secure: true }, asked: HTTPS }],
  ['proxy of undefined with trust proxy', { cookie: { secure: true }, ...SECURED }],
  ['proxy of true', { options: { proxy: true }, cookie: { secure: true }, asked: HTTPS }],
  [
    'proxy of true, of two proxies the first over HTTPS',
    {
      options: { proxy: true },
      cookie: { secure: true },
      asked: { headers: { 'x-forwarded-proto': 'HTTPS , http' } },
    },
  ],
  [
    'proxy of true, of two proxies the second over HTTPS',
    {
      options: { proxy: true },
      cookie: { secure: true },
      asked: { headers: { 'x-forwarded-proto': 'http, https' } },
    },
  ],
  ['proxy of true over HTTP', { options: { proxy: true }, cookie: { secure: true } }],
  ['proxy of false with trust proxy', { options: { proxy: false }, cookie: { secure: true }, ...SECURED }],
  ['rolling', { options: { rolling: true } }],
  ['rolling with cookie.maxAge', { options: { rolling: true }, cookie: { maxAge: MINUTE } }],
  ['a list of secrets', { options: { secret: ['new', 'old'] } }],
  ['bytes as a secret', { options: { secret: Buffer.from('0123456789abcdef') } }],
]

describe('each answer sets the cookie that express-session sets, with', () => {
  test.each(COOKIES)('%s', async (_, told) => {
    const browsers = await both(told)
    const [ours, theirs] = await answers(browsers, ['/n', '/begin', '/n', '/changes', '/n'], told.asked)
    expect(ours).toEqual(theirs)
  })

  test('a cookie that one signed is read by the other', async () => {
    for (const secret of ['text', ['new', 'old'], Buffer.from('0123456789abcdef')]) {
      const id = 'an-id-of-twenty-characters'
      const [ours, theirs] = await both({ options: { secret, genid: () => id } })
      await ours.ask('/begin')
      await theirs.ask('/begin')
      expect(ours.cookies.get('connect.sid')).toBe(theirs.cookies.get('connect.sid'))
    }
  })
})

describe('options', () => {
  test('by default the cookie is Lax, and Secure where the request came over HTTPS', async () => {
    const { browser } = await shop(redis, (app, sessioned) => {
      app.set('trust proxy', 1).use(sessioned)
      app.get('/', (req, res) => {
        req.session.n = 1
        res.json({ secure: req.session.cookie.secure, sameSite: req.session.cookie.sameSite })
      })
    })
    const plain = await (await browser()).ask('/')
    expect(attributesOf(plain)).toEqual({ Path: '/', HttpOnly: true, SameSite: 'Lax' })
    expect(JSON.parse(plain.text)).toEqual({ secure: false, sameSite: 'lax' })
    const secured = await (await browser()).ask('/', HTTPS)
    expect(attributesOf(secured)).toEqual({ Path: '/', HttpOnly: true, SameSite: 'Lax', Secure: true })
    expect(JSON.parse(secured.text)).toEqual({ secure: true, sameSite: 'lax' })
  })

  test('genid is given the request, for the first id and for that of a regenerate', async () => {
    let made = 0
    const genid = (req: express.Request) => `${req.path.slice(1)}-${made++}-0123456789abcdef`
    const routes: Record<string, Route> = {
      '/again': async req => {
        await new Promise(resolve => req.session.regenerate(resolve))
        req.session.n = 1
        return req.sessionID
      },
    }
    const { browser } = await shop(
      redis,
      (app, sessioned) => {
        app.use(sessioned)
        app.get('/begin', async (req, res) => {
          req.session.n = 1
          res.json(req.sessionID)
        })
        app.get('/again', async (req, res) => void res.json(await routes['/again']?.(req, res)))
      },
      { genid },
    )
    const visitor = await browser()
    expect((await visitor.ask('/begin')).text).toBe('"begin-0-0123456789abcdef"')
    expect((await visitor.ask('/again')).text).toBe('"again-1-0123456789abcdef"')
    expect(visitor.id()).toBe('again-1-0123456789abcdef')
  })

  test('applications of two names keep their sessions apart', async () => {
    const { browser } = await shop(
      redis,
      (app, sessioned) => {
        app.use(sessioned)
        app.get('/', (req, res) => {
          req.session.n = 1
          res.end()
        })
      },
      { name: 'shop' },
    )
    const visitor = await browser()
    await visitor.ask('/')
    expect([...visitor.cookies.keys()]).toEqual(['shop'])
  })

  test('a secret that is put in front signs, and cookies of the older ones are read and signed anew', async () => {
    const { sessions } = await redis.watched({ prefix: 'rotated_' })
    const serveWith = (secret: string | string[]) => {
      const app = express()
      app.use(session({ sessions, secret }))
      app.get('/', (req, res) => {
        req.session.n = Number(req.session.n ?? 0) + 1
        res.json(req.session.n)
      })
      return serve(app).then(browse)
    }
    const [old, both, renewed] = [
      await serveWith('old'),
      await serveWith(['new', 'old']),
      await serveWith('new'),
    ]
    await old.ask('/')
    both.cookies.set('connect.sid', old.cookies.get('connect.sid') ?? '')
    expect((await both.ask('/')).text).toBe('2')
    expect(both.id()).toBe(old.id())
    renewed.cookies.set('connect.sid', both.cookies.get('connect.sid') ?? '')
    expect((await renewed.ask('/')).text).toBe('3')
    renewed.cookies.set('connect.sid', old.cookies.get('connect.sid') ?? '')
    expect((await renewed.ask('/')).text).toBe('1')
  })

  test.each([
    ['store', { store: new expressSession.MemoryStore() }, 'sessions: createSessions()'],
    ['resave: true', { resave: true }, 'resave'],
    ['saveUninitialized: true', { saveUninitialized: true }, 'saveUninitialized'],
    ['key', { key: 'sid' }, '`name`'],
    ['genid that is no function', { genid: 'uuid' }, 'genid: expected a function'],
    ['unset that is neither', { unset: 'remove' }, "'keep' or 'destroy'"],
    ['no secret', { secret: undefined }, 'secret'],
    ['an empty list of secrets', { secret: [] }, 'secret'],
    ['an empty secret', { secret: '' }, 'secret'],
    ['an empty secret in a list', { secret: ['new', ''] }, 'secret'],
    ['a name that no cookie can have', { name: 'a b' }, 'name'],
    ['a cookie.maxAge of 0', { cookie: { maxAge: 0 } }, 'maxAge'],
    ['no sessions', { sessions: undefined }, 'sessions'],
  ])('are refused by name at start: %s', async (_, options, message) => {
    const { sessions } = await redis.watched()
    expect(() => session({ sessions, secret: 's', ...options } as ExpressOptions)).toThrow(TypeError)
    expect(() => session({ sessions, secret: 's', ...options } as ExpressOptions)).toThrow(message)
  })

  test('unset leaves the session as it was, or destroys it', async () => {
    const routes: Record<string, Route> = {
      '/null': req => {
        req.session.n = 3
        Object.assign(req, { session: null })
      },
      '/delete': req => {
        req.session.n = 3
        Object.assign(req, { session: undefined })
      },
    }
    for (const unset of ['keep', 'destroy']) {
      for (const path of ['/null', '/delete']) {
        const browsers = await both({ options: { unset }, routes })
        const [ours, theirs] = await answers(browsers, ['/begin', path, '/n'])
        expect(ours).toEqual(theirs)
        expect(ours?.at(-1)).toMatchObject({ text: unset === 'keep' ? '1' : 'null' })
      }
    }
  })

  test('a request for a whole address, as proxies send them, has its session', async () => {
    const { browser } = await shop(redis, (app, sessioned) => {
      app.use(sessioned)
      app.get('/', (req, res) => res.json(typeof req.session))
    })
    expect((await (await browser()).ask('http://shop.example/')).text).toBe('"object"')
    expect((await (await browser()).ask('HTTP://shop.example/?a=/')).text).toBe('"object"')
  })
})

/** `(done) => void` as a promise of what it was called with. */
const called = (act: (done: (...told: unknown[]) => void) => unknown) =>
  new Promise<unknown[]>(resolve => act((...told) => resolve(told)))
/** Ages in steps of ten seconds: both tell them some milliseconds apart. */
const about = (ms: number | null | undefined) => (typeof ms === 'number' ? Math.round(ms / 10_000) * 10 : ms)

const METHODS: Record<string, Route> = {
  'regenerate(callback)': async req => {
    const { session: before, sessionID } = req
    const [error] = await called(done => before.regenerate(done))
    const again = { same: req.session === before, id: req.session.id === sessionID, n: req.session.n }
    req.session.n = 9
    return [error ?? null, again, req.session.id === req.sessionID]
  },
  'destroy(callback)': async req => {
    const [error] = await called(done => req.session.destroy(done))
    return [error ?? null, typeof req.session, 'session' in req]
  },
  'reload(callback)': async req => {
    const before = req.session
    before.n = 5
    const [error] = await called(done => before.reload(done))
    return [error ?? null, req.session === before, req.session.n, req.session.id === before.id]
  },
  'save(callback)': async req => {
    req.session.n = 6
    const [error] = await called(done => req.session.save(done))
    req.session.n = 7
    await called(done => req.session.reload(done))
    return [error ?? null, req.session.n]
  },
  'save()': req => {
    req.session.n = 6
    req.session.save()
  },
  'touch() and resetMaxAge()': req => [
    req.session.touch() === req.session,
    req.session.resetMaxAge() === req.session,
  ],
  'id cannot be changed': req => {
    try {
      Object.assign(req.session, { id: 'other' })
      return 'changed'
    } catch {
      return req.session.id === req.sessionID
    }
  },
  'cookie.maxAge and cookie.originalMaxAge': req => [
    about(req.session.cookie.maxAge),
    about(req.session.cookie.originalMaxAge),
  ],
  'cookie.expires': req => {
    const { expires } = req.session.cookie
    return expires ? about(expires.getTime() - Date.now()) : [expires]
  },
  'cookie.maxAge = ms': req => {
    req.session.cookie.maxAge = 10 * MINUTE
    req.session.n = 3
    return [about(req.session.cookie.maxAge), about(req.session.cookie.originalMaxAge)]
  },
  'cookie.expires = a date': req => {
    req.session.cookie.expires = new Date(Date.now() + 10 * MINUTE)
    req.session.n = 3
    return [about(req.session.cookie.maxAge), about(req.session.cookie.originalMaxAge)]
  },
  'cookie.maxAge = text': req => {
    try {
      Object.assign(req.session.cookie, { maxAge: '1d' })
    } catch (error) {
      return (error as Error).name
    }
  },
  'attributes of the cookie': req => {
    const { path, httpOnly, secure, sameSite, domain } = req.session.cookie
    return { path, httpOnly, secure, sameSite, domain }
  },
  'attributes of the cookie, changed': req => {
    const changes = { path: '/begin', httpOnly: false, sameSite: 'strict', domain: 'shop.example' }
    Object.assign(req.session.cookie, changes, { maxAge: 10 * MINUTE })
    req.session.n = 3
  },
  'a cookie in place of the cookie': async req => {
    const cookie = Object.assign(req.session.cookie, { maxAge: 10 * MINUTE, httpOnly: false })
    Object.assign(req.session, { cookie })
    req.session.n = 3
  },
  'regenerate() after a change of the cookie': async req => {
    req.session.cookie.maxAge = 10 * MINUTE
    await called(done => req.session.regenerate(done))
    req.session.n = 3
    return about(req.session.cookie.originalMaxAge)
  },
  'regenerate() with everything copied from before': async req => {
    const before = req.session
    before.cookie.maxAge = 10 * MINUTE
    await called(done => req.session.regenerate(done))
    for (const name in before)
      (req.session as Record<string, unknown>)[name] = (before as Record<string, unknown>)[name]
    return [req.session.n, about(req.session.cookie.originalMaxAge)]
  },
  sessionID: req => [typeof req.sessionID, req.sessionID === req.session.id],
  'sessionStore.get': async req => {
    const [error, data] = await called(done => req.sessionStore.get(req.sessionID, done))
    return [error, (data as { n: number }).n]
  },
  'sessionStore.get of nothing': async req => {
    const [error, data] = await called(done => req.sessionStore.get('nothing-under-this-id', done))
    return [error, data ?? null]
  },
  'sessionStore.set of itself': async req => {
    req.session.n = 8
    const [error] = await called(done => req.sessionStore.set(req.sessionID, req.session as never, done))
    return error ?? null
  },
  'sessionStore.set of another': async req => {
    const id = 'another-of-twenty-characters'
    const data = { n: 4, cookie: { originalMaxAge: null, path: '/' } }
    const [error] = await called(done => req.sessionStore.set(id, data as never, done))
    const [, stored] = await called(done => req.sessionStore.get(id, done))
    return [error ?? null, (stored as { n: number }).n]
  },
  'sessionStore.touch': async req => {
    const [error] = await called(done => req.sessionStore.touch?.(req.sessionID, req.session as never, done))
    return error ?? null
  },
  'sessionStore.destroy of itself': async req => {
    const [error] = await called(done => req.sessionStore.destroy(req.sessionID, done))
    return error ?? null
  },
  'sessionStore.length': async req => await called(done => req.sessionStore.length?.(done)),
  'sessionStore.all': async req => {
    const [error, all] = await called(done => req.sessionStore.all?.(done))
    return [error, Object.values(all as object).map(({ n }) => n)]
  },
  'sessionStore.clear': async req => {
    const [error] = await called(done => req.sessionStore.clear?.(done))
    const [, length] = await called(done => req.sessionStore.length?.(done))
    return [error ?? null, length]
  },
  'sessionStore is an EventEmitter': req => typeof req.sessionStore.on,
}

describe('in a request both do the same at', () => {
  // Made in each test: a date of all tests comes nearer, and both are rounded.
  const cookies = {
    'no option': () => ({}),
    maxAge: () => ({ maxAge: MINUTE }),
    expires: () => ({ expires: inAnHour() }),
  }
  const options = Object.keys(cookies) as (keyof typeof cookies)[]
  test.each(Object.keys(METHODS).flatMap(name => options.map(option => [name, option] as const)))(
    '%s, with %s of the cookie',
    async (name, option) => {
      const cookie = cookies[option]()
      const route = METHODS[name] as Route
      const browsers = await both({ cookie, routes: { '/it': route } })
      const [ours, theirs] = await answers(browsers, ['/begin', '/it', '/n', '/changes', '/n'])
      expect(ours).toEqual(theirs)
    },
  )
})

describe('what a request changes in its cookie alone, the browser is told:', () => {
  const changed = async (cookie: object, change: (cookie: express.Request['session']['cookie']) => void) => {
    const { browser } = await shop(
      redis,
      (app, sessioned) => {
        app.use(sessioned)
        app.get('/begin', (req, res) => {
          req.session.n = 1
          res.end()
        })
        app.get('/it', (req, res) => {
          change(req.session.cookie)
          res.end()
        })
        app.get('/age', (req, res) => res.json(req.session.cookie.originalMaxAge))
      },
      { cookie },
    )
    const visitor = await browser()
    await visitor.ask('/begin')
    const [told, later] = [await visitor.ask('/it'), await visitor.ask('/age')]
    return [attributesOf(told), JSON.parse(later.text), attributesOf(later)]
  }
  const PLAIN = { Path: '/', HttpOnly: true, SameSite: 'Lax' }

  test('cookie.maxAge that alone has changed', async () => {
    const change = (cookie: { maxAge?: number | null }) => {
      cookie.maxAge = 10 * MINUTE
    }
    expect(await changed({}, change)).toEqual([{ ...PLAIN, Expires: 600 }, 10 * MINUTE, undefined])
  })

  test.each([false, null])('cookie.expires = %s ends an age that the options give', async expires => {
    const change = (cookie: object) => void Object.assign(cookie, { expires })
    expect(await changed({ maxAge: MINUTE }, change)).toEqual([PLAIN, null, undefined])
  })

  test.each([
    ['maxAge', Number.NaN],
    ['maxAge', Number.POSITIVE_INFINITY],
    ['expires', new Date(Number.NaN)],
    ['expires', '2030'],
  ])('cookie.%s = %p is refused in the line that says it', async (name, value) => {
    const said: unknown[] = []
    const change = (cookie: object) => {
      try {
        Object.assign(cookie, { [name]: value })
      } catch (error) {
        said.push((error as Error).message)
      }
    }
    expect(await changed({}, change)).toEqual([undefined, null, undefined])
    expect(said).toEqual([expect.stringContaining(`cookie.${name}: expected`)])
  })
})
