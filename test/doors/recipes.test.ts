// Servers of others around which latchkey/fetch goes in a few lines, on a real Redis.
import { afterEach, describe, expect, test } from '@jest/globals'
import { initTRPC } from '@trpc/server'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { H3, redirect } from 'h3'
import { fetchSessions } from '../../src/fetch/index.ts'
import type { Sessions } from '../../src/index.ts'
import { bridge } from '../support/fetch-bridge.ts'
import { type Answer, type Asked, ask, cookieOf, listen } from '../support/http.ts'
import { ownRedis } from '../support/own-redis.ts'
import { HUMAN } from '../support/sessions.ts'

// Its types would bring those of a browser into the whole program.
const { createSchema, createYoga } = await import('graphql-yoga' as string)

interface Data {
  n?: number
  user?: string
}

const redis = ownRedis()
const closing: (() => Promise<unknown>)[] = []
afterEach(() => Promise.all(closing.splice(0).map(close => close())))

/** A server of what a recipe makes of sessions. */
async function serve(recipe: (sessions: Sessions) => (request: Request) => Response | Promise<Response>) {
  const { sessions } = await redis.watched()
  const server = bridge(recipe(sessions))
  const port = await listen(server)
  closing.push(() => new Promise(resolve => server.close(resolve).closeAllConnections()))
  const get = (path: string, cookie?: string, asked: Asked = {}): Promise<Answer> =>
    ask(port, path, { cookie, ...asked, headers: { 'user-agent': HUMAN, ...asked.headers } })
  return { sessions, get }
}

/** 60 requests at a concurrency of 20; each adds three. */
async function crowd(get: () => Promise<Answer>): Promise<void> {
  let left = 60
  const client = async () => {
    while (left-- > 0) expect((await get()).status).toBe(200)
  }
  await Promise.all(Array.from({ length: 20 }, client))
}

const query = (text: string) => `/graphql?query=${encodeURIComponent(text)}`

describe('latchkey/fetch around', () => {
  test('h3', async () => {
    const { sessions, get } = await serve(sessions => {
      const session = fetchSessions<Data>(sessions, { secret: 's' })
      const app = new H3()
      app.get('/add', async () => {
        const { data } = await session()
        data.n = (data.n ?? 0) + 3
        return { n: data.n }
      })
      app.get('/login', async () => {
        const mine = await session()
        await mine.regenerate()
        mine.data.user = 'ada'
        return redirect('/who')
      })
      app.get('/who', async () => String((await session()).data.user))
      return request => session.run(request, () => app.fetch(request))
    })
    const cookie = cookieOf(await get('/add'))
    await crowd(() => get('/add', cookie))
    expect(JSON.parse((await get('/add', cookie)).text)).toEqual({ n: 186 })
    const login = await get('/login', cookie)
    expect(login.headers.location).toBe('/who')
    expect((await get('/who', cookieOf(login))).text).toBe('ada')
    expect(sessions.counts.holding).toBe(0)
  })

  test('GraphQL Yoga, whose resolvers run side by side on one session', async () => {
    const { sessions, get } = await serve(sessions => {
      const session = fetchSessions<Data>(sessions, { secret: 's' })
      const add = async () => {
        const { data } = await session()
        data.n = (data.n ?? 0) + 1
        return data.n
      }
      const schema = createSchema({
        typeDefs: 'type Query { add: Int, n: Int }',
        resolvers: { Query: { add, n: async () => (await session()).data.n } },
      })
      const yoga = createYoga({ schema, fetchAPI: { Response }, logging: false })
      return request => session.run(request, () => yoga.fetch(request))
    })
    const headers = { accept: 'application/json' }
    const begun = await get(query('{ add }'), undefined, { headers })
    const cookie = cookieOf(begun)
    expect(cookie).toBeDefined()
    await crowd(() => get(query('{ a: add b: add c: add }'), cookie, { headers }))
    expect(JSON.parse((await get(query('{ n }'), cookie, { headers })).text)).toEqual({ data: { n: 181 } })
    expect(sessions.counts.holding).toBe(0)
  })

  test('tRPC, whose batch is one request', async () => {
    const { sessions, get } = await serve(sessions => {
      const session = fetchSessions<Data>(sessions, { secret: 's' })
      const t = initTRPC.create()
      const router = t.router({
        add: t.procedure.query(async () => {
          const { data } = await session()
          data.n = (data.n ?? 0) + 1
          return data.n
        }),
      })
      return req => session.run(req, () => fetchRequestHandler({ endpoint: '/trpc', req, router }))
    })
    const batch = '/trpc/add,add,add?batch=1&input=%7B%7D'
    const cookie = cookieOf(await get('/trpc/add'))
    await crowd(() => get(batch, cookie))
    expect(JSON.parse((await get('/trpc/add', cookie)).text)).toEqual({ result: { data: 182 } })
    expect(sessions.counts.holding).toBe(0)
  })
})
