// Runs inside of runs, and what handlers leave behind.
import { createSecretKey, generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type FetchOptions, fetchSessions } from '../../src/fetch/index.ts'
import { eventually, HUMAN, type Watched, watchedSessions } from '../support/sessions.ts'

interface Data {
  n?: number
  deep?: unknown
  cart?: string
}

let watched: Watched

beforeAll(async () => {
  watched = await watchedSessions({ store: 'memory' })
})
afterAll(() => watched.sessions.close({ grace: 0 }))

const fetching = (options: Partial<FetchOptions> = {}) =>
  fetchSessions<Data>(watched.sessions, { secret: 's', ...options })

function request(path: string, cookie?: string): Request {
  return new Request(`http://shop.test${path}`, {
    headers: { 'user-agent': HUMAN, ...(cookie && { cookie }) },
  })
}

const cookieOf = (response: Response) => response.headers.getSetCookie()[0]?.split(';')[0] ?? ''

async function begun(session: ReturnType<typeof fetching>): Promise<string> {
  const first = await session.run(request('/'), async () => {
    ;(await session()).data.n = 1
    return new Response()
  })
  return cookieOf(first)
}

test('a run for the same session is part of the outer one, whatever other cookies it brings', async () => {
  const session = fetching()
  const cookie = await begun(session)
  const answer = await session.run(request('/', cookie), async () => {
    const outer = await session()
    return session.run(request('/', `theme=dark; ${cookie}`), async () => {
      expect(await session()).toBe(outer)
      return new Response()
    })
  })
  expect(answer.status).toBe(200)
})

test('a run of another door for the same session is refused at once, and does not wait for itself', async () => {
  const [session, other] = [fetching(), fetching()]
  const cookie = await begun(session)
  const answer = await session.run(request('/', cookie), async () => {
    await session()
    return other.run(request('/', cookie), async () => {
      await other()
      return new Response()
    })
  })
  expect(answer.status).toBe(500)
  expect(watched.sessions.counts).toEqual({ holding: 0, waiting: 0 })
})

test('a run inside of one without a session has its own, and so has what that one left behind', async () => {
  const session = fetching({ access: ({ url }) => (url.endsWith('/health') ? false : undefined) })
  let left: Promise<string> | undefined
  let go = () => {}
  const ended = new Promise<void>(resolve => {
    go = resolve
  })
  await session.run(request('/health'), async () => {
    expect(await begun(session)).toMatch(/^connect\.sid=/)
    left = ended.then(() => begun(session))
    return new Response()
  })
  go()
  expect(await left).toMatch(/^connect\.sid=/)
})

test('data that is too deep for JSON is refused, and the answer goes out', async () => {
  const session = fetching()
  const cookie = await begun(session)
  const answer = await session.run(request('/', cookie), async () => {
    ;(await session()).data.deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))
    return new Response('sent')
  })
  expect(await answer.text()).toBe('sent')
  expect(watched.events).toContainEqual(
    expect.objectContaining({ event: 'commit-refused', reason: 'unserializable' }),
  )
})

test('a new id begins without data where the visitor has logged in meanwhile', async () => {
  const session = fetching()
  const cookie = await begun(session)
  await session.run(request('/', cookie), async () => {
    await (await session()).regenerate()
    return new Response()
  })
  const answer = await session.run(request('/', cookie), async () => {
    const late = await session()
    expect([late.access, late.data]).toEqual(['moved', { n: 1 }])
    await late.regenerate()
    return Response.json(late.data)
  })
  expect(await answer.json()).toEqual({})
})

test('what upgrades its session after the end of its handler keeps no lock', async () => {
  const session = fetching({ access: () => 'readonly' })
  const cookie = await begun(fetching())
  let late: Promise<boolean> | undefined
  let go = () => {}
  const ended = new Promise<void>(resolve => {
    go = resolve
  })
  await session.run(request('/', cookie), async () => {
    const opened = await session()
    late = ended.then(() => opened.upgrade())
    return new Response()
  })
  go()
  await late
  await eventually(() => watched.sessions.counts.holding === 0)
})

test('another program that writes JSON in its own way makes no read-only request a refused one', async () => {
  const { sessions } = watched
  const session = fetching({ access: () => 'readonly', refusedIsError: true })
  const cookie = await begun(fetching())
  let id = ''
  await session.run(request('/', cookie), async () => {
    id = (await session()).id
    return new Response()
  })
  const opened = await sessions.open(id)
  await opened.commit({ text: '{ "n": 2, "url": "\\/" }' })
  const read = () =>
    session.run(request('/', cookie), async () => {
      const { data } = await session()
      return Response.json(data)
    })
  expect((await read()).status).toBe(200)
  await sessions.use(id, { access: 'readonly' }, ({ data }) => expect(data).toEqual({ n: 2, url: '/' }))
  const change = session.run(request('/', cookie), async () => {
    ;(await session()).data.n = 3
    return new Response()
  })
  expect((await change).status).toBe(503)
})

test('a key that cannot sign is refused at start', () => {
  const { publicKey } = generateKeyPairSync('ed25519')
  expect(() => fetching({ secret: publicKey })).toThrow('secret: expected')
  expect(() => fetching({ secret: ['s', publicKey] })).toThrow('secret: expected')
  expect(() => fetching({ secret: createSecretKey('s', 'utf8') })).not.toThrow()
})
