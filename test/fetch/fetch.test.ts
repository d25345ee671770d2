// What latchkey/fetch is alone with. What it shares with all frameworks is in test/doors.
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { storeUnavailable } from '../../src/errors.ts'
import { type FetchOptions, fetchSessions } from '../../src/fetch/index.ts'
import type { Sessions } from '../../src/index.ts'
import { HUMAN, watchedSessions } from '../support/sessions.ts'

let sessions: Sessions

beforeAll(async () => {
  sessions = (await watchedSessions({ store: 'memory' })).sessions
})
afterAll(() => sessions.close({ grace: 0 }))

const fetching = (options: Partial<FetchOptions> = {}) =>
  fetchSessions<{ n?: number }>(sessions, { secret: 's', ...options })

function request(url = 'http://shop.test/', headers: Record<string, string> = {}): Request {
  return new Request(url, { headers: { 'user-agent': HUMAN, ...headers } })
}

const cookieOf = (response: Response) => response.headers.getSetCookie()[0]?.split(';')[0] ?? ''

describe('latchkey/fetch', () => {
  test('sets the cookie on a response that cannot be changed, and on one that is thrown', async () => {
    const session = fetching()
    const redirect = async () => {
      ;(await session()).data.n = 1
      return Response.redirect('http://shop.test/next', 303)
    }
    const returned = await session.run(request(), redirect)
    expect(returned.status).toBe(303)
    expect(returned.headers.get('location')).toBe('http://shop.test/next')
    expect(cookieOf(returned)).toMatch(/^connect\.sid=s%3A/)

    const thrown = await session
      .run(request(), async () => {
        throw await redirect()
      })
      .catch(response => response)
    expect(thrown.status).toBe(303)
    expect(cookieOf(thrown)).toMatch(/^connect\.sid=s%3A/)
    expect((await sessions.inspect(idIn(cookieOf(thrown))))?.holder).toBeUndefined()
  })

  test('stores nothing under an id whose cookie cannot be set: what is thrown leaves the session as it was', async () => {
    const session = fetching()
    const known = await session.run(request(), async () => {
      ;(await session()).data.n = 1
      return new Response()
    })
    const id = idIn(cookieOf(known))
    const renewed = session.run(request(undefined, { cookie: cookieOf(known) }), async () => {
      const own = await session()
      await own.regenerate()
      own.data.n = 2
      throw new Error('a bug of the shop')
    })
    await expect(renewed).rejects.toThrow('a bug of the shop')
    expect(await sessions.inspect(id)).toMatchObject({ writes: 1, holder: undefined })

    const before = await namesOf(sessions)
    const begun = session.run(request(), async () => {
      ;(await session()).data.n = 1
      throw new Error('a bug of the shop')
    })
    await expect(begun).rejects.toThrow('a bug of the shop')
    expect(await namesOf(sessions)).toEqual(before)
  })

  test('turns the 500 of a framework that answers errors itself into a 503 where upgrade() failed', async () => {
    const here = fetching()
    const known = await here.run(request(), async () => {
      ;(await here()).data.n = 1
      return new Response()
    })
    const session = fetching({ access: () => 'readonly' })
    const failed = await session.run(request(undefined, { cookie: cookieOf(known) }), async () => {
      const own = await session()
      const away = jest.spyOn(sessions.store, 'acquire').mockRejectedValue(storeUnavailable('it is away'))
      await own.upgrade().catch(() => {})
      away.mockRestore()
      return new Response('Our own page', { status: 500 })
    })
    expect(failed.status).toBe(503)
    expect(Number(failed.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  test('turns the 500 of a framework that answers errors itself into a 503, where Redis is away', async () => {
    const here = fetching()
    const known = {
      cookie: cookieOf(
        await here.run(request(), async () => {
          ;(await here()).data.n = 1
          return new Response()
        }),
      ),
    }
    const away = jest.spyOn(sessions, 'open').mockRejectedValue(storeUnavailable('it is away'))
    const session = fetching()
    const answered = (status: number) =>
      session.run(request(undefined, known), async () => {
        await session().catch(() => {})
        return new Response('Our own page', { status, headers: { 'content-type': 'text/html' } })
      })
    const failed = await answered(500)
    expect(failed.status).toBe(503)
    expect(Number(failed.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(failed.headers.get('content-type')).toBe('text/html')
    expect(await failed.text()).toBe('Our own page')
    // Whatever else it says was decided by the application.
    expect((await answered(200)).status).toBe(200)
    away.mockRestore()
  })

  test('leaves a response alone that can have no cookie', async () => {
    const session = fetching()
    const failed = Response.error()
    const answer = await session.run(request(), async () => {
      ;(await session()).data.n = 1
      return failed
    })
    expect(answer).toBe(failed)
  })

  test('opens one session for all that ask, inside a second run too', async () => {
    const session = fetching()
    const first = await session.run(request(), async () => {
      ;(await session()).data.n = 1
      return new Response()
    })
    const again = request('http://shop.test/', { cookie: cookieOf(first) })
    const answer = await session.run(again, async () => {
      const [one, two] = await Promise.all([session(), session()])
      expect(one).toBe(two)
      return session.run(new Request(again), async () => {
        expect(await session()).toBe(one)
        return Response.json(one.data)
      })
    })
    expect(await answer.json()).toEqual({ n: 1 })
  })

  test('says where there is no session', async () => {
    const session = fetching({ access: ({ url }) => (url.endsWith('/health') ? false : undefined) })
    await expect(session()).rejects.toThrow('outside')
    const health = session.run(request('http://shop.test/health'), async () => {
      await session()
      return new Response()
    })
    await expect(health).rejects.toThrow('`access` is false')
    let late: Promise<unknown> | undefined
    let go = () => {}
    const gone = new Promise<void>(resolve => {
      go = resolve
    })
    await session.run(request(), () => {
      late = gone.then(session)
      return new Response()
    })
    go()
    await expect(late).rejects.toThrow('after its handler had ended')
    await expect(session.run(request(), (() => 'text') as never)).rejects.toThrow('needs a Response')
  })

  test('a cookie for HTTPS only is set over HTTPS, which a proxy may say if it is trusted', async () => {
    const cookie = { secure: true }
    const set = async (session: ReturnType<typeof fetching>, asked: Request) => {
      const answer = await session.run(asked, async () => {
        ;(await session()).data.n = 1
        return new Response()
      })
      return answer.headers.getSetCookie().length
    }
    const proxied = () => request('http://shop.test/', { 'x-forwarded-proto': 'https, http' })
    expect(await set(fetching({ cookie }), request())).toBe(0)
    expect(await set(fetching({ cookie }), proxied())).toBe(0)
    expect(await set(fetching({ cookie, proxy: true }), proxied())).toBe(1)
    expect(await set(fetching({ cookie }), request('https://shop.test/'))).toBe(1)
  })
})

async function namesOf(sessions: Sessions): Promise<string[]> {
  const names: string[] = []
  for await (const name of sessions.names()) names.push(name)
  return names.sort()
}

function idIn(cookie: string): string {
  return (
    decodeURIComponent(cookie)
      .replace(/^[^:]+:/, '')
      .split('.')[0] ?? ''
  )
}
