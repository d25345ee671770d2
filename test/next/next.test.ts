// latchkey/next over a stand-in for next/headers. In test/full-stack it runs in a built application of Next itself.
import { afterAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { storeUnavailable } from '../../src/errors.ts'
import { createSessions, type Sessions } from '../../src/index.ts'
import { HUMAN } from '../support/sessions.ts'

/** The request that runs now: Next has one jar for each rendering. */
let jar: {
  get(name: string): { value: string } | undefined
  set(cookie: { name: string; value: string }): void
}
let set: { name: string; value: string }[] = []
let sent: Record<string, string> = {}
/** As Next leaves a page that it tries to render ahead. */
let leave: Error | undefined

jest.unstable_mockModule(
  'next/headers.js',
  () => ({
    cookies: async () => {
      if (leave) throw leave
      return jar
    },
    headers: async () => new Headers({ 'user-agent': HUMAN, host: 'shop.test', ...sent }),
  }),
  { virtual: true },
)
const { nextSessions } = await import('../../src/next/index.ts')

const opened: Sessions[] = []
let made = 0

/** Sessions of an application of its own, and how often they were made. */
function application(more: object = {}) {
  const name = `app${++made}`
  const sessions = jest.fn(() => {
    const each = createSessions({ store: 'memory', logLevel: 'silent' })
    opened.push(each)
    return each
  })
  const load = () => nextSessions<{ n?: number; user?: string }>({ sessions, secret: 's', name, ...more })
  return { name, sessions, load }
}

/** A request that comes with what the one before it has set. */
function request(): Request {
  const known = new Map(set.map(({ name, value }) => [name, value]))
  jar = {
    get: name => {
      const value = known.get(name)
      return value === undefined ? undefined : { value }
    },
    set: cookie => void set.push(cookie),
  }
  return new Request('http://shop.test/cart/7?secret=1', { method: 'POST' })
}

beforeEach(() => {
  set = []
  sent = {}
  leave = undefined
  request()
})
afterAll(() => Promise.all(opened.map(each => each.close({ grace: 0 }))))

const redirect = () => {
  throw Object.assign(new Error('NEXT_REDIRECT'), { digest: 'NEXT_REDIRECT;push;/who;307;' })
}

describe('latchkey/next', () => {
  test('makes its sessions once, when the first request comes, however often the module is loaded', async () => {
    const { sessions, load } = application()
    const [first, second] = [load(), load()]
    expect(sessions).not.toHaveBeenCalled()
    await first.action(async () => {
      ;(await first()).data.n = 1
    })()
    request()
    expect(await second.read()).toEqual({ n: 1 })
    expect(sessions).toHaveBeenCalledTimes(1)
  })

  test('asks for the cookies before it looks at its options, for a page is left there by a build without secrets', async () => {
    const session = nextSessions({ sessions: application().sessions, secret: '', name: 'unset' })
    leave = new Error('a page that is not rendered ahead')
    await expect(session.read()).rejects.toBe(leave)
    leave = undefined
    await expect(session.read()).rejects.toThrow('secret: expected')
  })

  test('a redirect that is thrown stores what came before it, and sets the cookie', async () => {
    const session = application().load()
    const login = session.action(async () => {
      const s = await session()
      s.data.user = 'ada'
      redirect()
    })
    await expect(login()).rejects.toThrow('NEXT_REDIRECT')
    expect(set).toMatchObject([{ path: '/', httpOnly: true, sameSite: 'lax' }])
    request()
    expect(await session.read()).toEqual({ user: 'ada' })
  })

  test('a redirect whose session could not be stored is an error, for it would tell of what is not so', async () => {
    const session = application({ refusedIsError: true }).load()
    const first = session.route(async () => {
      ;(await session()).data.n = 1
      return new Response()
    })
    await first(request())
    const login = session.route(async () => {
      const s = await session()
      s.data.user = 'ada'
      await opened.at(-1)?.destroy(s.id)
      return redirect()
    })
    expect((await login(request())).status).toBe(503)
    const action = session.action(async () => {
      const s = await session()
      s.data.user = 'ada'
      await opened.at(-1)?.destroy(s.id)
      return redirect()
    })
    set = []
    await first(request())
    request()
    await expect(action()).rejects.toMatchObject({ code: 'COMMIT_REFUSED' })
  })

  test('an error of the application comes out as it is, and what came before it is stored', async () => {
    const session = application().load()
    const fails = async () => {
      const { data } = await session()
      data.n = (data.n ?? 0) + 1
      throw new Error('a bug of the shop')
    }
    await expect(session.action(fails)()).rejects.toThrow('a bug of the shop')
    await expect(session.route(fails)(request())).rejects.toThrow('a bug of the shop')
    request()
    expect(await session.read()).toEqual({ n: 2 })
  })

  test.each([
    ['an error', () => new Error('a bug of the shop')],
    ['notFound()', () => Object.assign(new Error('404'), { digest: 'NEXT_HTTP_ERROR_FALLBACK;404' })],
  ])(
    'a route handler that throws %s stores no session under a new id, for Next then sets no cookie',
    async (_, thrown) => {
      const session = application().load()
      const throws = session.route(async () => {
        const own = await session()
        if (!own.isNew) await own.regenerate()
        own.data.n = 2
        throw thrown()
      })
      await expect(throws(request())).rejects.toThrow(thrown().message)
      for await (const name of opened.at(-1)?.names() ?? []) expect(name).toBeUndefined()
      expect(set).toEqual([])
      await session.action(async () => {
        ;(await session()).data.n = 1
      })()
      await expect(throws(request())).rejects.toThrow(thrown().message)
      request()
      expect(await session.read()).toEqual({ n: 1 })
    },
  )

  test('is one visit in an action that is called by a handler, and gives back its lock', async () => {
    const session = application().load()
    const add = session.action(async () => {
      const { data } = await session()
      data.n = (data.n ?? 0) + 1
    })
    const twice = session.route(async () => {
      await Promise.all([add(), add()])
      return new Response()
    })
    await twice(request())
    await twice(request())
    request()
    expect(await session.read()).toEqual({ n: 4 })
    expect(opened.at(-1)?.counts).toMatchObject({ holding: 0, waiting: 0 })
  })

  test('components read once for each rendering, frozen; within a handler they get a copy of the data by then', async () => {
    const session = application().load()
    await session.route(async () => {
      const { data } = await session()
      data.n = 1
      const copy = await session.read()
      data.n = 2
      expect(copy).toEqual({ n: 1 })
      expect(Object.isFrozen(copy)).toBe(true)
      return new Response()
    })(request())
    request()
    const [one, other] = await Promise.all([session.read(), session.read()])
    expect(one).toBe(other)
    expect(Object.isFrozen(one)).toBe(true)
    request()
    expect(await session.read()).not.toBe(one)
  })

  test('data is frozen once its function has ended, and session() is refused', async () => {
    const session = application().load()
    let late: { data: { n?: number } } | undefined
    let later: Promise<unknown> = Promise.resolve()
    let goOn = () => {}
    const ended = new Promise<void>(resolve => {
      goOn = resolve
    })
    await session.action(async () => {
      late = await session()
      late.data.n = 1
    })()
    await session.action(() => {
      later = ended.then(() => session())
    })()
    goOn()
    await expect(later).rejects.toThrow('after its function had ended')
    expect(() => {
      if (late) late.data.n = 2
    }).toThrow(TypeError)
    await expect(session()).rejects.toThrow('outside of session.route and session.action')
  })

  test('others are told the method and path, an action by the path of its page, and nothing of the query', async () => {
    const session = application().load()
    const told: (string | undefined)[] = []
    const look = async () => {
      const { id, data } = await session()
      data.n = 1
      told.push((await opened.at(-1)?.inspect(id))?.holder?.request)
      return new Response()
    }
    await session.route(look)(request())
    await session.route(look)(request())
    sent = { referer: 'http://shop.test/checkout?token=1' }
    request()
    await session.action(look)()
    request()
    await session.action(look, { describe: 'POST /reset' })()
    expect(told).toEqual([undefined, 'POST shop.test/cart/7', 'POST shop.test/checkout', 'POST /reset'])
  })

  test('a logout waits for nobody, and what only reads takes no lock', async () => {
    const session = application().load()
    let id = ''
    await session.action(async () => {
      const s = await session()
      s.data.n = 1
      id = s.id
    })()
    request()
    const holder = await opened.at(-1)?.open(id)
    expect(holder?.locked).toBe(true)
    const looks = session.action(async () => (await session()).locked, { access: 'readonly' })
    expect(await looks()).toBe(false)
    await session.action(async () => (await session()).destroy(), { logout: true })()
    Object.assign(holder?.data ?? {}, { n: 2 })
    expect(await holder?.commit()).toMatchObject({ written: false, reason: 'destroyed' })
  })

  test('where Redis is away a handler answers 503, an action and a page reject; none sets a cookie', async () => {
    const session = application().load()
    const add = async () => {
      ;(await session()).data.n = 1
      return new Response()
    }
    const route = session.route(add)
    await route(request())
    jest.spyOn(opened.at(-1) as Sessions, 'open').mockRejectedValue(storeUnavailable('Redis is away'))
    const answer = await route(request())
    expect(answer.status).toBe(503)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await answer.text()).not.toMatch(/redis/i)
    // All that Next tells the browser of an error is its digest.
    const away = { code: 'STORE_UNAVAILABLE', status: 503, digest: 'SESSION_UNAVAILABLE' }
    await expect(session.action(add)()).rejects.toMatchObject(away)
    await expect(session.read()).rejects.toMatchObject(away)
    expect(set).toHaveLength(1)
  })

  test('an error of the application keeps its own digest, or none', async () => {
    const session = application().load()
    const fails = session.action(() => Promise.reject(new Error('a bug of the shop')))
    await expect(fails()).rejects.not.toHaveProperty('digest')
  })
})
