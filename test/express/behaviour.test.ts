// How sessions behave through the Express door, beside other requests of the same visitor.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import {
  type App,
  atRest,
  type Building,
  build,
  called,
  closeAll,
  dataOf,
  gate,
  type Handler,
} from '../express-session/support.ts'
import { cookieOf } from '../support/http.ts'
import { type RedisServer, startRedis } from '../support/redis-server.ts'
import { eventsNamed, eventually } from '../support/sessions.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterEach(closeAll)
afterAll(() => redis.stop())

const own = (building: Omit<Building, 'house' | 'on'>): Promise<App> =>
  build({ house: 'own door', on: redis, ...building })

/** A route that holds its session until the test lets it go. */
function slow() {
  const entered = gate()
  const goOn = gate()
  const handler: Handler = async (req, res) => {
    req.session.n = 99
    entered.open()
    await goOn.opened
    res.end('slow')
  }
  return { handler, entered: entered.opened, goOn: goOn.open }
}

describe('a logout waits for nobody', () => {
  const logouts: Record<string, Handler> = {
    destroy: async (req, res) => {
      await called(done => req.session.destroy(done))
      res.end('bye')
    },
    // As passport does: it takes the user out, saves, and begins an empty session.
    'save and regenerate': async (req, res) => {
      delete (req.session as { user?: string }).user
      await called(done => req.session.save(done))
      await called(done => req.session.regenerate(done))
      await called(done => req.session.save(done))
      res.end('bye')
    },
  }

  test.each(Object.entries(logouts))('%s', async (_, logout) => {
    const holder = slow()
    const app = await own({
      routes: { '/slow': holder.handler, '/logout': logout },
      store: { logout: (req: { url?: string }) => req.url === '/logout' } as never,
    })
    const { cookie, id } = await app.visitor()
    const running = app.ask('/slow', { cookie })
    await holder.entered
    expect((await app.ask('/logout', { cookie })).text).toBe('bye')
    expect(await app.sessions.inspect(id)).toBeUndefined()
    holder.goOn()
    const answer = await running
    expect(answer.status).toBe(200)
    expect(cookieOf(answer)).toBeUndefined()
    expect(await atRest(app, id)).toBeUndefined()
    expect((await app.ask('/n', { cookie })).text).toBe('undefined')
    expect(eventsNamed(app.events, 'commit-refused')).toMatchObject([
      { reason: 'destroyed', request: expect.stringContaining('/slow') },
    ])
  })
})

test("socket.io's polling reads the session of a request that holds its lock, and waits for nobody", async () => {
  const holder = slow()
  const app = await own({
    routes: { '/slow': holder.handler, '/socket.io': (req, res) => res.end(String(req.session.n)) },
  })
  const { cookie, id } = await app.visitor()
  const running = app.ask('/slow', { cookie })
  await holder.entered
  expect((await app.ask('/socket.io?EIO=4&transport=polling', { cookie })).text).toBe('1')
  holder.goOn()
  await running
  expect((await atRest(app, id))?.writes).toBe(2)
})

describe('a route that is readonly', () => {
  const building = {
    routes: {
      '/writes': ((req, res) => {
        req.session.n = 5
        res.end('wrote?')
      }) as Handler,
      '/upgrades': (async (req, res) => {
        const session = req.session as unknown as { upgrade(): Promise<void> }
        await session.upgrade()
        req.session.n = 6
        res.end('wrote')
      }) as Handler,
    },
    store: { access: () => 'readonly' as const },
  }

  test('and changes its session is told by its name, and nothing is stored', async () => {
    const app = await own({
      ...building,
      store: { access: ({ url }) => (url === '/writes' ? 'readonly' : 'exclusive') },
    })
    const { cookie, id } = await app.visitor()
    expect((await app.ask('/writes', { cookie })).text).toBe('wrote?')
    expect(await dataOf(app, id)).toEqual({ n: 1 })
    const [refused] = eventsNamed(app.events, 'commit-refused')
    expect(refused).toMatchObject({ reason: 'read-only', request: expect.stringContaining('/writes') })
  })

  test('sets no cookie for a session that cannot be stored', async () => {
    const app = await own(building)
    for (let n = 0; n < 3; n += 1) expect(cookieOf(await app.ask('/writes'))).toBeUndefined()
  })

  test('may take the lock when it needs it', async () => {
    const app = await own({
      ...building,
      store: { access: ({ url }) => (url === '/upgrades' ? 'readonly' : 'exclusive') },
    })
    const { cookie, id } = await app.visitor()
    expect((await app.ask('/upgrades', { cookie })).text).toBe('wrote')
    await atRest(app, id)
    expect(await dataOf(app, id)).toEqual({ n: 6 })
  })
})

describe('a request never waits for itself', () => {
  test('its own session is read from the store, and an update of it is refused at once', async () => {
    const app = await own({
      routes: {
        '/reads': async (req, res) => {
          req.session.n = 2
          const found = await called<{ n: number }>(done => app.store.get(req.sessionID, done as never))
          res.end(String(found.n))
        },
        '/updates': async (req, res) => {
          req.session.n = 3
          const failed = await app.sessions.update(req.sessionID, () => {}).catch(error => error)
          res.end(failed.code)
        },
      },
    })
    const { cookie, id } = await app.visitor()
    expect((await app.ask('/reads', { cookie })).text).toBe('1')
    expect((await app.ask('/updates', { cookie })).text).toBe('SELF_WAIT')
    await atRest(app, id)
    expect(await dataOf(app, id)).toEqual({ n: 3 })
    expect(eventsNamed(app.events, 'lock-waited')).toEqual([])
  })

  test('two requests that each read the session of the other do not stall', async () => {
    const both = gate()
    let inside = 0
    const app = await own({
      routes: {
        '/reads': async (req, res) => {
          inside += 1
          if (inside === 2) both.open()
          await both.opened
          const other = new URL(req.url, 'http://x').searchParams.get('of') ?? ''
          const found = await called<{ n: number }>(done => app.store.get(other, done as never))
          res.end(String(found.n))
        },
      },
    })
    const [one, two] = [await app.visitor(), await app.visitor()]
    const answers = await Promise.all([
      app.ask(`/reads?of=${two.id}`, { cookie: one.cookie }),
      app.ask(`/reads?of=${one.id}`, { cookie: two.cookie }),
    ])
    expect(answers.map(({ text }) => text)).toEqual(['1', '1'])
    expect(eventsNamed(app.events, 'lock-waited')).toEqual([])
  })
})

describe('a change after the response has ended', () => {
  const late = (saves: boolean) => {
    const done = gate()
    const handler: Handler = (req, res) => {
      res.once('close', async () => {
        req.session.n = 7
        if (saves) await called(saved => req.session.save(saved))
        done.open()
      })
      res.end('answered')
    }
    return { handler, done: done.opened }
  }

  test('is told, and not stored', async () => {
    const { handler, done } = late(false)
    const app = await own({ routes: { '/late': handler } })
    const { cookie, id } = await app.visitor()
    await app.ask('/late', { cookie })
    await done
    await eventually(() => eventsNamed(app.events, 'changed-too-late').length === 1)
    expect(await dataOf(app, id)).toEqual({ n: 1 })
  })

  test('that is saved is stored, and nothing is told', async () => {
    const { handler, done } = late(true)
    const app = await own({ routes: { '/late': handler } })
    const { cookie, id } = await app.visitor()
    await app.ask('/late', { cookie })
    await done
    await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
    expect(eventsNamed(app.events, 'changed-too-late')).toEqual([])
    expect(await dataOf(app, id)).toEqual({ n: 7 })
  })
})

test('an id of the application may be any printable text where names are hashed', async () => {
  let made = 0
  const app = await own({ routes: {}, session: { genid: () => `user:${++made} {shop}`.replace(' ', '!') } })
  const cookie = cookieOf(await app.ask('/begin')) ?? ''
  expect(decodeURIComponent(cookie)).toContain('s:user:1!{shop}.')
  expect((await app.ask('/n', { cookie })).text).toBe('1')
})

test('a session of express-session and its store is the same through our door, and the other way round', async () => {
  const options = { prefix: 'both_' }
  const ours = await own({ routes: {}, options })
  const theirs = await build({ house: 'Express 5', on: redis, routes: {}, options })
  const begun = { theirs: (await theirs.visitor()).cookie, ours: (await ours.visitor()).cookie }
  expect((await ours.ask('/n', { cookie: begun.theirs })).text).toBe('1')
  expect((await theirs.ask('/n', { cookie: begun.ours })).text).toBe('1')
})
