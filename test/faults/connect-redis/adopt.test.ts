// Sessions that the real connect-redis stored go on under ours: all visitors stay logged in, and no other program's key is touched.
import { createServer } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { RedisStore as ConnectRedis } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { 'module.exports' as connectRedis, RedisStore } from '../../../src/connect-redis/index.ts'
import { session as ownSession } from '../../../src/express/index.ts'
import { createSessions, type Sessions } from '../../../src/index.ts'
import { ask, cookieOf, listen } from '../../support/http.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { HUMAN } from '../../support/sessions.ts'

let server: RedisServer
let redis: Redis
const nodeRedis = () => createClient({ socket: { path: server.path, tls: false } })
let client: ReturnType<typeof nodeRedis>
const ends: (() => unknown)[] = []

beforeAll(async () => {
  server = await startRedis()
  redis = new Redis(server.path)
  client = nodeRedis()
  await client.connect()
})
beforeEach(() => redis.flushall())
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})
afterAll(async () => {
  await client.close()
  redis.disconnect()
  await server.stop()
})

/** A shop over this middleware; what asks it. */
async function shop(middleware: express.RequestHandler) {
  const app = express()
  app.use(middleware)
  app.get('/visits', (req, res) => {
    const data = req.session as unknown as { visits?: number }
    data.visits = (data.visits ?? 0) + 1
    res.send(String(data.visits))
  })
  app.get('/logout', (req, res) => void req.session.destroy(() => void res.send('bye')))
  const http = createServer(app)
  const port = await listen(http)
  ends.push(() => new Promise(resolve => http.close(resolve)))
  return async (path: string, cookie?: string) => {
    const answer = await ask(port, path, { cookie, headers: { 'user-agent': HUMAN } })
    return { status: answer.status, text: answer.text, cookie: cookieOf(answer) }
  }
}

const withStore = (store: session.Store, maxAge?: number) =>
  session({
    store,
    secret: 's',
    resave: false,
    saveUninitialized: false,
    ...(maxAge === undefined ? {} : { cookie: { maxAge } }),
  })

function handler(options = {}): Sessions {
  const sessions = createSessions({
    redis: { path: server.path },
    prefix: 'sess:',
    naming: 'plain',
    logLevel: 'silent',
    ...options,
  })
  ends.push(() => sessions.close())
  return sessions
}

/** A visitor whose session the real connect-redis stored. */
async function visitorOfConnectRedis(maxAge?: number): Promise<{ cookie: string; id: string }> {
  const before = await shop(withStore(new ConnectRedis({ client: client as never }), maxAge))
  const { cookie = '' } = await before('/visits')
  const [key = ''] = await redis.keys('sess:*')
  expect(await redis.type(key)).toBe('string')
  return { cookie, id: key.slice('sess:'.length) }
}

describe('with adopt', () => {
  test.each([undefined, 3_600_000])(
    'the visitor goes on under our Express door, with the data and the lifetime that were there (maxAge %s)',
    async maxAge => {
      const { cookie, id } = await visitorOfConnectRedis(maxAge)
      await redis.expire(`sess:${id}`, 1000)
      const sessions = handler({ adopt: true })
      const visit = await shop(ownSession({ sessions, secret: 's' }) as never)
      expect((await sessions.open(id, { access: 'readonly' })).data).toMatchObject({ visits: 1 })
      expect(await redis.ttl(`sess:${id}`)).toBeGreaterThan(990)
      expect(await redis.ttl(`sess:${id}`)).toBeLessThanOrEqual(1000)
      expect(await visit('/visits', cookie)).toMatchObject({ status: 200, text: '2' })
      expect(await visit('/visits', cookie)).toMatchObject({ text: '3' })
      expect(await redis.type(`sess:${id}`)).toBe('hash')
    },
  )

  test('twenty requests at once of a session that is adopted by them lose nothing', async () => {
    const { cookie } = await visitorOfConnectRedis()
    const visit = await shop(ownSession({ sessions: handler({ adopt: true }), secret: 's' }) as never)
    await Promise.all(Array.from({ length: 20 }, () => visit('/visits', cookie)))
    expect(await visit('/visits', cookie)).toMatchObject({ text: '22' })
  })

  test('destroy, end and touch know it at once', async () => {
    const { id } = await visitorOfConnectRedis()
    const sessions = handler({ adopt: true })
    expect(await sessions.destroy(id)).toBe(true)
    expect((await sessions.open(id, { access: 'readonly' })).isNew).toBe(true)
  })

  test.each(['text', '{"cart":1}', '["cookie"]'])(
    'a string of another program, %s, is told and left alone',
    async value => {
      const id = 'some-other-programs-key'
      await redis.set(`sess:${id}`, value)
      await expect(handler({ adopt: true }).open(id)).rejects.toMatchObject({ code: 'RECORD_TYPE' })
      expect(await redis.get(`sess:${id}`)).toBe(value)
    },
  )

  test('without it such a session is told, and left alone', async () => {
    const { id } = await visitorOfConnectRedis()
    await expect(handler().open(id)).rejects.toMatchObject({ code: 'RECORD_TYPE' })
    expect(await redis.type(`sess:${id}`)).toBe('string')
  })

  test('hashed naming is refused at start: its keys have other names', () => {
    expect(() => createSessions({ adopt: true })).toThrow('naming: expected plain where adopt is true')
  })
})

describe("in connect-redis' place", () => {
  const clients = {
    ioredis: () => redis,
    'ioredis with a keyPrefix': () => {
      const prefixed = new Redis(server.path, { keyPrefix: 'shop:' })
      ends.push(() => prefixed.disconnect())
      return prefixed
    },
    'node-redis': () => client,
  }

  test.each(Object.entries(clients))(
    'the store takes the client of %s, and loses nothing',
    async (name, of) => {
      const Store = connectRedis(session)
      const store = new Store({ client: of(), ttl: 500, latchkey: { logLevel: 'silent' } })
      ends.push(() => store.sessions.close())
      const visits = await shop(withStore(store))
      const { cookie } = await visits('/visits')
      await Promise.all(Array.from({ length: 20 }, () => visits('/visits', cookie)))
      expect(await visits('/visits', cookie)).toMatchObject({ text: '22' })
      const [key = ''] = await redis.keys('*')
      expect(key.startsWith(name.includes('keyPrefix') ? 'shop:sess:' : 'sess:')).toBe(true)
      expect(await redis.ttl(key)).toBeGreaterThan(400)
      expect(await redis.ttl(key)).toBeLessThanOrEqual(500)
      await visits('/logout', cookie)
      expect(await visits('/visits', cookie)).toMatchObject({ text: '1' })
    },
  )

  test('what has no meaning here is told by name', () => {
    expect(() => new RedisStore({ client: redis, serializer: JSON } as never)).toThrow('serializer')
    expect(() => new RedisStore({} as never)).toThrow('client: expected')
  })
})
