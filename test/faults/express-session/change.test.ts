// A session is serialized, compared and stored as it is, and its cookie sent again with a change.
import { afterEach, describe, expect, test } from '@jest/globals'
import { type App, build, closeAll, type Handler } from '../../express-session/support.ts'
import { cookieOf } from '../../support/http.ts'
import { ownRedis } from '../../support/own-redis.ts'

const redis = ownRedis()
afterEach(closeAll)

describe('a session is what the application made of it', () => {
  test('whoever serializes the session in a request sees the session', async () => {
    const seen: string[] = []
    const see: Handler = ({ session }, res) => {
      seen.push(JSON.stringify({ ...session, cookie: 0 }), JSON.stringify(session))
      res.once('finish', () => seen.push(JSON.stringify(session)))
      res.end()
    }
    const app = await build({ on: redis, routes: { '/see': see } })
    const { cookie } = await app.visitor()
    await app.ask('/see', { cookie })
    expect(seen.map(text => JSON.parse(text).n)).toEqual([1, 1, 1])
  })

  test('a session with a toJSON of its own is stored as it is', async () => {
    const app = await build({
      on: redis,
      routes: {
        '/own': ({ session }, res) => {
          session.toJSON = 'a word'
          session.n = (session.n ?? 0) + 1
          res.end()
        },
        '/see': ({ session }, res) => res.end(JSON.stringify(session)),
      },
    })
    const { cookie } = await app.visitor()
    for (let i = 0; i < 2; i += 1) await app.ask('/own', { cookie })
    expect(JSON.parse((await app.ask('/see', { cookie })).text)).toMatchObject({ toJSON: 'a word', n: 3 })
  })
})

describe('a cookie with an end is sent again with a change, and only then', () => {
  const routes: Record<string, Handler> = {
    '/add': ({ session }, res) => {
      session.n = (session.n ?? 0) + 1
      res.end()
    },
    '/flushed': (_, res) => {
      res.write('begun, ')
      res.end('done')
    },
  }
  const start = (): Promise<App> => build({ on: redis, routes, session: { cookie: { maxAge: 60_000 } } })

  test.each(['/n', '/flushed'])('after %s, which changes nothing, there is none', async path => {
    const app = await start()
    const { cookie } = await app.visitor()
    expect(cookieOf(await app.ask(path, { cookie }))).toBeUndefined()
  })

  test('after a change there is one', async () => {
    const app = await start()
    const { cookie } = await app.visitor()
    expect(cookieOf(await app.ask('/add', { cookie }))).toBe(cookie)
  })
})
