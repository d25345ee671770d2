import { afterEach, describe, expect, test } from '@jest/globals'
import { KnownChange } from '../../src/express-session/known-change.ts'
import { cookieOf } from '../support/http.ts'
import { ownRedis } from '../support/own-redis.ts'
import { type App, build, closeAll, type Handler } from './support.ts'

const redis = ownRedis()
afterEach(closeAll)

/** Counts how often the session is serialized, from within the session. */
function probe() {
  const times = { serialized: 0 }
  const toJSON = () => {
    times.serialized += 1
    return 'probe'
  }
  return { times, value: { toJSON } }
}

describe('a session is not hashed where its change is known', () => {
  test.each([
    ['that changes nothing', 0],
    ['that changes something', 1],
  ])('a request %s serializes its session once at its end', async (_, change) => {
    const { times, value } = probe()
    const app = await build({
      on: redis,
      routes: {
        '/end': ({ session }, res) => {
          session.n = (session.n ?? 0) + change
          Object.defineProperty(session, 'probe', { enumerable: true, configurable: true, value })
          res.end('ok')
        },
      },
    })
    const { cookie } = await app.visitor()
    await app.ask('/end', { cookie })
    expect(times.serialized).toBe(1)
    times.serialized = 0
    await app.ask('/end', { cookie })
    expect(times.serialized).toBe(1)
  })

  test('a changed session is stored, and the response goes out in one piece', async () => {
    const pieces: unknown[] = []
    const app = await build({
      on: redis,
      before: [
        (_req, res, next) => {
          const { write } = res
          res.write = ((...args: Parameters<typeof write>) => {
            pieces.push(args[0])
            return write.apply(res, args)
          }) as typeof write
          next()
        },
      ],
      routes: {
        '/add': ({ session }, res) => {
          session.n = (session.n ?? 0) + 1
          res.setHeader('Content-Length', 5)
          res.end('added')
        },
      },
    })
    const { cookie } = await app.visitor()
    expect((await app.ask('/add', { cookie })).text).toBe('added')
    expect((await app.ask('/add', { cookie })).text).toBe('added')
    expect((await app.ask('/n', { cookie })).text).toBe('3')
    expect(pieces).toEqual([])
  })

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

describe('what is told', () => {
  const asks = (session: object) => JSON.parse(JSON.stringify(session))

  test('an answer at the beginning is given once', () => {
    const data = { n: 1 }
    new KnownChange().begin(data)
    expect(asks(data)).toBe('unchanged')
    expect(asks(data)).toEqual({ n: 1 })
    expect(Reflect.ownKeys(data)).toEqual(['n'])
  })

  test.each([
    [true, 'changed'],
    [false, 'unchanged'],
  ])('at the end, changed %s is told until the store is called', (changed, answer) => {
    const known = new KnownChange()
    const [data, session] = [{ n: 1 }, { n: 2 }]
    known.begin(data)
    asks(data)
    const told: unknown[] = []
    known.end(session, () => changed, () => {
      told.push(asks(session), asks(session))
      known.told()
      told.push(asks(session))
    }) // biome-ignore format: one step
    expect(told).toEqual([answer, answer, { n: 2 }])
    expect(Reflect.ownKeys(session)).toEqual(['n'])
  })

  test('what nobody asked at the beginning is not told at the end', () => {
    const known = new KnownChange()
    known.begin({ n: 1 })
    const session = { n: 2 }
    known.end(session, () => true, () => expect(asks(session)).toEqual({ n: 2 })) // biome-ignore format: one step
    expect.assertions(1)
  })

  test('nothing is left behind when the end throws', () => {
    const known = new KnownChange()
    const data = { n: 1 }
    known.begin(data)
    asks(data)
    const failing = () => known.end(data, () => true, () => { throw new Error('broken') }) // biome-ignore format: one step
    expect(failing).toThrow('broken')
    expect(asks(data)).toEqual({ n: 1 })
  })
})
