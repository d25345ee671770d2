// What every door promises, shown with a real framework whose server runs, on a real Redis.
import { type ClientRequest, request } from 'node:http'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { OptionsInput } from '../../src/index.ts'
import { recordName } from '../../src/session-id.ts'
import { type Gate, gate } from '../express-session/support.ts'
import { ageId } from '../support/aged.ts'
import { cookieOf } from '../support/http.ts'
import { countOnServer } from '../support/monitor.ts'
import { ownRedis } from '../support/own-redis.ts'
import { eventsNamed, eventually, HUMAN } from '../support/sessions.ts'
import {
  type Framework,
  idIn,
  openShop,
  type Reply,
  type RouteSession,
  type Routes,
  type Settings,
  type Shop,
} from './framework.ts'
import { outage } from './outage.ts'

const HOUR = 3_600_000

export function doorSuite(framework: Framework): void {
  const redis = ownRedis()
  const open: Shop[] = []
  let entered: Gate
  let goOn: Gate

  /** On the Redis of this file, in a namespace of its own. */
  const shop = async (routes?: Routes, settings?: Partial<Settings>, options?: OptionsInput) => {
    entered = gate()
    goOn = gate()
    const opened = await openShop(framework, { redis: { url: redis.url }, ...options }, routes, settings)
    open.push(opened)
    return opened
  }
  const unhandled = jest.fn()
  beforeEach(() => {
    unhandled.mockClear()
    process.on('unhandledRejection', unhandled)
  })
  afterEach(async () => {
    goOn?.open()
    await Promise.all(open.splice(0).map(each => each.close()))
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })

  /** A route that waits in the midst of its work until the test lets it go on. */
  const held =
    (work: (session: RouteSession) => Reply | Promise<Reply>): ((session: RouteSession) => Promise<Reply>) =>
    async session => {
      entered.open()
      await goOn.opened
      return work(session)
    }
  const adding = ({ data }: RouteSession) => {
    data.n = Number(data.n) + 1
    return String(data.n)
  }

  describe(`the door of ${framework.name}`, () => {
    describe('loses nothing', () => {
      test('200 requests at a concurrency of 50 count 202 in the end', async () => {
        const { ask, visitor, atRest } = await shop()
        const { cookie, id } = await visitor()
        let left = 200
        const client = async () => {
          while (left-- > 0) expect((await ask('/add', cookie)).status).toBe(200)
        }
        await Promise.all(Array.from({ length: 50 }, client))
        expect((await ask('/add', cookie)).text).toBe('202')
        await atRest(id)
      })

      test('a login is there for the request that follows its redirect, on another connection and in another process', async () => {
        const prefix = `redirect_${framework.name}_`
        const [here, there] = [
          await shop({}, {}, { prefix, redis: { url: redis.url } }),
          await shop({}, {}, { prefix, redis: { url: redis.url } }),
        ]
        for (let run = 0; run < 20; run++) {
          const { cookie } = await here.visitor()
          const answer = await here.ask('/login', cookie)
          expect(answer.status).toBe(303)
          const after = cookieOf(answer)
          expect(after).toBeDefined()
          expect(after).not.toBe(cookie)
          const { pathname } = new URL(String(answer.headers.location), 'http://shop.test')
          expect((await there.ask(pathname, after)).text).toBe('ada')
        }
      })

      test('a login outlives the requests that were under way beside it', async () => {
        const { ask, visitor } = await shop()
        let kept = 0
        for (let run = 0; run < 40; run++) {
          let { cookie: jar } = await visitor()
          const paths = ['/add', '/login', '/add', '/data', '/add']
          const { cookie } = { cookie: jar }
          await Promise.all(
            paths.map(async path => {
              const set = cookieOf(await ask(path, cookie))
              if (set) jar = set
            }),
          )
          if ((await ask('/who', jar)).text === 'ada') kept++
        }
        expect(kept).toBe(40)
      })

      test('what a handler did before it threw is stored', async () => {
        const { ask, visitor, data, atRest } = await shop({
          '/throws': session => {
            adding(session)
            throw new Error('a bug of the shop')
          },
        })
        const { cookie, id } = await visitor()
        expect((await ask('/throws', cookie)).status).toBe(500)
        await atRest(id)
        expect(await data(id)).toEqual({ n: 2 })
      })

      test('a session that begins in a handler that throws gets its cookie, or is not stored where none can be set', async () => {
        const { ask, data, sessions } = await shop({
          '/throws': ({ data }) => {
            data.n = 1
            throw new Error('a bug of the shop')
          },
        })
        const answer = await ask('/throws')
        expect(answer.status).toBe(500)
        if (framework.name === 'fetch') {
          // Outside of `run`, somebody else makes the answer.
          expect(cookieOf(answer)).toBeUndefined()
          for await (const name of sessions.names()) expect(name).toBeUndefined()
        } else expect(await data(idIn(cookieOf(answer) ?? ''))).toEqual({ n: 1 })
      })

      const { redirectToThrow } = framework
      if (redirectToThrow) {
        test('a redirect that is thrown carries the cookie and the changes', async () => {
          const { ask, visitor, atRest } = await shop({
            '/login-by-throwing': async session => {
              await session.regenerate()
              session.data.user = 'ada'
              throw redirectToThrow('/who')
            },
          })
          const { cookie, id } = await visitor()
          const answer = await ask('/login-by-throwing', cookie)
          expect(answer.status).toBe(303)
          expect(String(answer.headers.location)).toMatch(/\/who$/)
          expect((await ask('/who', cookieOf(answer))).text).toBe('ada')
          await atRest(id)
        })
      }

      test('a stream has the cookie in front of it, and what was changed before it is stored', async () => {
        const { ask, data, atRest } = await shop({
          '/streams': ({ data }) => {
            data.n = 1
            return { stream: inThreeParts() }
          },
        })
        const answer = await ask('/streams')
        expect(answer.text).toBe('one two three')
        const id = idIn(cookieOf(answer) ?? '')
        await atRest(id)
        expect(await data(id)).toEqual({ n: 1 })
      })

      test(
        framework.changesLate
          ? 'a change after the end is told by an event'
          : 'a change after the end throws in the line that makes it',
        async () => {
          let kept: Record<string, unknown> = {}
          let session: RouteSession | undefined
          const { ask, visitor, events, data } = await shop({
            '/keeps': asked => {
              session = asked
              kept = asked.data
              kept.list = [{ of: 'things' }]
              return 'kept'
            },
          })
          const { cookie, id } = await visitor()
          await ask('/keeps', cookie)
          const [thing] = kept.list as [{ of: string }]
          if (framework.changesLate) {
            ;(session as RouteSession).data.n = 5
            await eventually(() => eventsNamed(events, 'changed-too-late').length === 1)
          } else {
            expect(() => Object.assign(kept, { n: 5 })).toThrow(TypeError)
            expect(() => Object.assign(thing, { of: 'none' })).toThrow(TypeError)
            expect(() => Object.assign(session as object, { data: {} })).toThrow(
              'after its handler had ended',
            )
          }
          expect(await data(id)).toEqual({ n: 1, list: [{ of: 'things' }] })
        },
      )
    })

    describe('leaves no lock', () => {
      test('when the client goes away in mid-handler', async () => {
        const { port, visitor, ask, data, atRest, sessions } = await shop({ '/slow': held(adding) })
        const { cookie, id } = await visitor()
        const client = begin(port, '/slow', cookie)
        await entered.opened
        expect(sessions.counts.holding).toBe(1)
        client.destroy()
        if (framework.freeOnceGone) {
          // The handler still waits.
          expect((await ask('/add', cookie)).text).toBe('2')
          goOn.open()
        } else {
          goOn.open()
          await eventually(async () => (await data(id)).n === 2)
        }
        await atRest(id)
        expect(await data(id)).toEqual({ n: 2 })
      })

      test('and no place in the queue, when ten clients go away that wait', async () => {
        const { port, visitor, atRest, data, sessions } = await shop({ '/slow': held(adding) })
        const { cookie, id } = await visitor()
        const holder = begin(port, '/slow', cookie)
        const answered = new Promise(resolve => holder.on('response', res => resolve(res.statusCode)))
        await entered.opened
        const clients = Array.from({ length: 10 }, () => begin(port, '/add', cookie))
        await eventually(async () => (await sessions.inspect(id))?.waiters === 10)
        for (const client of clients) client.destroy()
        await eventually(async () => !(await sessions.inspect(id))?.waiters)
        expect(sessions.counts.waiting).toBe(0)
        goOn.open()
        expect(await answered).toBe(200)
        await atRest(id)
        expect(await data(id)).toEqual({ n: 2 })
      })

      test('when the client goes away in the midst of a stream', async () => {
        const more = gate()
        const { port, visitor, ask, atRest } = await shop({
          '/streams': session => {
            adding(session)
            return { stream: endless(more) }
          },
        })
        const { cookie, id } = await visitor()
        const client = begin(port, '/streams', cookie)
        await new Promise<void>(resolve => client.on('response', res => res.once('data', () => resolve())))
        client.destroy()
        await atRest(id)
        expect((await ask('/look', cookie)).status).toBe(200)
        more.open()
      })
    })

    describe('waits for nobody', () => {
      test('when a readonly route runs beside a held lock', async () => {
        const { port, visitor, ask, atRest } = await shop({ '/slow': held(adding) })
        const { cookie, id } = await visitor()
        const holder = begin(port, '/slow', cookie)
        const answered = new Promise(resolve => holder.on('response', resolve))
        await entered.opened
        expect(JSON.parse((await ask('/data', cookie)).text)).toMatchObject({ n: 1 })
        goOn.open()
        await answered
        await atRest(id)
      })

      test('when a request logs out beside a held lock: nothing of the other one comes back', async () => {
        const { port, visitor, ask, sessions } = await shop({ '/slow': held(adding) })
        const { cookie, id } = await visitor()
        const head = headOf(begin(port, '/slow', cookie))
        await entered.opened
        expect((await ask('/logout', cookie)).text).toBe('bye')
        goOn.open()
        expect((await head).headers['set-cookie']).toBeUndefined()
        expect((await sessions.inspect(id))?.writes).toBeUndefined()
        expect(JSON.parse((await ask('/data', cookie)).text)).toEqual({})
      })
    })

    test('no request chooses by its query that what it changes is not stored', async () => {
      const { ask, visitor } = await shop()
      const { cookie } = await visitor()
      expect((await ask('/add?EIO=4&transport=polling', cookie)).text).toBe('2')
      expect((await ask('/add', cookie)).text).toBe('3')
    })

    test('a request that opens its own session again is told so at once, and does not wait for itself', async () => {
      let sessions: Shop['sessions'] | undefined
      let code: string | undefined
      const opened = await shop({
        '/again': async session => {
          await sessions?.open(session.id).catch(error => {
            code = error.code
          })
          return adding(session)
        },
      })
      sessions = opened.sessions
      const { cookie } = await opened.visitor()
      expect((await opened.ask('/again', cookie)).text).toBe('2')
      expect(code).toBe('SELF_WAIT')
    })

    describe('a request that was under way', () => {
      test.each(['readonly', 'optimistic'] as const)(
        'with %s access when another one logs in sets no cookie and brings nothing back',
        async access => {
          const change = access === 'optimistic' ? adding : () => 'looked'
          const { port, visitor, ask, data } = await shop({ '/slow': { access, handle: held(change) } })
          const { cookie, id } = await visitor()
          const head = headOf(begin(port, '/slow', cookie))
          await entered.opened
          const after = cookieOf(await ask('/login', cookie))
          goOn.open()
          expect((await head).headers['set-cookie']).toBeUndefined()
          expect((await data(idIn(after ?? ''))).user).toBe('ada')
          // What the old id gives to those that come late is not a session of its own.
          expect((await ask('/who', cookie)).text).toBe('undefined')
          const late = await ask('/add', cookie)
          if (cookieOf(late)) expect(idIn(cookieOf(late) ?? '')).not.toBe(id)
        },
      )

      test('when another one destroys its session sets no cookie and brings nothing back', async () => {
        const { port, visitor, ask, data } = await shop({
          '/slow': { access: 'optimistic', handle: held(adding) },
        })
        const { cookie, id } = await visitor()
        const head = headOf(begin(port, '/slow', cookie))
        await entered.opened
        await ask('/logout', cookie)
        goOn.open()
        expect((await head).headers['set-cookie']).toBeUndefined()
        expect(await data(id)).toEqual({})
      })
    })

    describe('with `rolling`, a request that was under way', () => {
      const ALL = [
        ['readonly', 'looks', '/login'],
        ['optimistic', 'looks', '/login'],
        ['optimistic', 'adds', '/login'],
        ['optimistic', 'looks', '/logout'],
        ['exclusive', 'looks', '/logout'],
        ['exclusive', 'adds', '/logout'],
      ] as const
      test.each(ALL)('with %s access and %s sets no cookie after %s', async (access, does, other) => {
        const handle = held(does === 'adds' ? adding : () => 'looked')
        const { port, visitor, ask } = await shop(
          { '/slow': { access, handle } },
          { rolling: true, maxAge: 60 },
        )
        const { cookie } = await visitor()
        const head = headOf(begin(port, '/slow', cookie))
        await entered.opened
        expect((await ask(other, cookie)).status).toBeLessThan(400)
        goOn.open()
        expect((await head).headers['set-cookie']).toBeUndefined()
      })

      test('and waited for the login sets none either', async () => {
        const login = held(async session => {
          await session.regenerate()
          session.data.user = 'ada'
          return 'in'
        })
        const { port, visitor, ask, sessions } = await shop({ '/slow': login }, { rolling: true, maxAge: 60 })
        const { cookie } = await visitor()
        const head = headOf(begin(port, '/slow', cookie))
        await entered.opened
        const waiter = ask('/add', cookie)
        await eventually(() => sessions.counts.waiting === 1)
        goOn.open()
        expect((await head).headers['set-cookie']).toHaveLength(1)
        expect(cookieOf(await waiter)).toBeUndefined()
      })
    })

    // express-session has no such step, and keeps the id that it found in the cookie.
    if (framework.name !== 'express-session')
      describe('a session that is rotated', () => {
        const rotating: Routes = {
          '/rotate': async session => {
            await session.rotate()
            return session.id
          },
        }

        test('has its new id in the cookie, and its data', async () => {
          const { visitor, ask, data } = await shop(rotating)
          const { cookie, id } = await visitor()
          const answer = await ask('/rotate', cookie)
          const rotated = idIn(cookieOf(answer) ?? '')
          expect(rotated).toBe(answer.text)
          expect(rotated).not.toBe(id)
          expect(await data(rotated)).toEqual({ n: 1 })
        })

        test('serves a browser that still has the old cookie, and tells it the new one', async () => {
          const { visitor, ask, data, atRest } = await shop(rotating)
          const { cookie } = await visitor()
          const rotated = cookieOf(await ask('/rotate', cookie)) ?? ''
          for (const path of ['/add', '/data']) {
            expect(idIn(cookieOf(await ask(path, cookie)) ?? '')).toBe(idIn(rotated))
          }
          expect(await data(idIn(rotated))).toEqual({ n: 2 })
          expect(cookieOf(await ask('/data', rotated))).toBeUndefined()
          await atRest(idIn(rotated))
        })

        test('is not where nothing is stored', async () => {
          const { ask } = await shop(rotating)
          expect(cookieOf(await ask('/rotate'))).toBeUndefined()
        })
      })

    if (framework.name !== 'express-session')
      describe('a session whose id is older than rotateAfter', () => {
        const rotating = (routes?: Routes) => shop(routes, {}, { rotateAfter: '1h' })

        test.each([
          ['changes it', '/add', { n: 2 }],
          ['only looks at it', '/look', { n: 1 }],
        ])('gets a new one by the next request that has its lock, and %s', async (_, path, stored) => {
          const { visitor, ask, data, sessions, atRest } = await rotating()
          const { cookie, id } = await visitor()
          await ageId(redis.client, sessions, id, HOUR)
          const rotated = cookieOf(await ask(path, cookie)) ?? ''
          expect(idIn(rotated)).not.toBe(id)
          expect(await data(idIn(rotated))).toEqual(stored)
          // It is as good as new, and the old one leads there.
          expect(cookieOf(await ask('/look', rotated))).toBeUndefined()
          expect(idIn(cookieOf(await ask('/look', cookie)) ?? '')).toBe(idIn(rotated))
          await atRest(idIn(rotated))
        })

        test('keeps it until then, however old the session is, and where a request only reads', async () => {
          const { visitor, ask, sessions } = await rotating()
          const { cookie, id } = await visitor()
          await ageId(redis.client, sessions, id, HOUR - 60_000)
          expect(cookieOf(await ask('/add', cookie))).toBeUndefined()
          await ageId(redis.client, sessions, id, HOUR)
          expect(cookieOf(await ask('/data', cookie))).toBeUndefined()
          const rotated = cookieOf(await ask('/add', cookie)) ?? ''
          const again = await ask('/add', rotated)
          expect([again.text, cookieOf(again)]).toEqual(['4', undefined])
        })

        test('loses nothing where many requests find it so', async () => {
          const { visitor, ask, data, sessions, events } = await rotating()
          const { cookie, id } = await visitor()
          await ageId(redis.client, sessions, id, HOUR)
          const answers = await Promise.all(Array.from({ length: 20 }, () => ask('/add', cookie)))
          const ids = new Set(answers.map(answer => idIn(cookieOf(answer) ?? '')))
          expect(ids.size).toBe(1)
          expect(await data([...ids][0] ?? '')).toEqual({ n: 21 })
          expect(eventsNamed(events, 'session-rotated')).toHaveLength(1)
        })

        test('keeps it where a handler throws and no cookie can go, and what it did is stored', async () => {
          const { visitor, ask, sessions, events } = await rotating({
            '/throws': session => {
              adding(session)
              throw new Error('a bug of the shop')
            },
          })
          const { cookie, id } = await visitor()
          await ageId(redis.client, sessions, id, HOUR)
          const set = cookieOf(await ask('/throws', cookie))
          const now = set === undefined ? id : idIn(set)
          await eventually(async () => (await sessions.peek(recordName(now, 'hashed')))?.n === 2)
          expect(eventsNamed(events, 'session-rotated')).toHaveLength(set === undefined ? 0 : 1)
        })

        test('keeps it in a logout, which ends it', async () => {
          const { visitor, ask, sessions, events } = await rotating()
          const { cookie, id } = await visitor()
          await ageId(redis.client, sessions, id, HOUR)
          await ask('/logout', cookie)
          expect(await sessions.inspect(id)).toBeUndefined()
          expect(eventsNamed(events, 'session-rotated')).toEqual([])
        })
      })

    describe('Redis is asked', () => {
      test('twice by a request that changes its session', async () => {
        const { visitor, ask } = await shop()
        const { cookie } = await visitor()
        await ask('/add', cookie)
        const { commands } = await countOnServer(redis.path, async () => void (await ask('/add', cookie)))
        expect(commands).toHaveLength(2)
      })

      test('not at all by a request without a cookie that stores nothing, which gets none either', async () => {
        const { visitor, ask } = await shop()
        await visitor()
        const forged = 'connect.sid=s%3Aforged.signature'
        const { commands } = await countOnServer(redis.path, async () => {
          for (const cookie of [undefined, forged, 'other=1']) {
            const answer = await ask('/look', cookie)
            expect(answer.status).toBe(200)
            expect(cookieOf(answer)).toBeUndefined()
          }
        })
        expect(commands).toEqual([])
      })
    })

    describe('the cookie', () => {
      test('leaves a cookie of the application beside it', async () => {
        const { ask } = await shop({
          '/both': ({ data }) => {
            data.n = 1
            return { text: 'both', cookie: 'theme=dark; Path=/' }
          },
        })
        const answer = await ask('/both')
        expect(answer.text).toBe('both')
        expect(answer.headers['set-cookie']).toHaveLength(2)
        expect(JSON.parse((await ask('/data', cookieOf(answer))).text)).toMatchObject({ n: 1 })
      })

      test('of an older secret is accepted and signed anew', async () => {
        const where = { prefix: `rotated_${framework.name}_`, redis: { url: redis.url } }
        const before = await shop({}, { secret: 'old' }, where)
        const after = await shop({}, { secret: ['new', 'old'] }, where)
        const { cookie, id } = await before.visitor()
        const answer = await after.ask('/look', cookie)
        expect(JSON.parse(answer.text)).toMatchObject({ n: 1 })
        const anew = cookieOf(answer)
        expect(anew).not.toBe(cookie)
        expect(idIn(anew ?? '')).toBe(id)
        expect(cookieOf(await after.ask('/look', anew))).toBeUndefined()
        expect(JSON.parse((await before.ask('/look', anew)).text)).not.toMatchObject({ n: 1 })
      })

      test('is set again by each response with `rolling`, and by each that stores with a maxAge', async () => {
        const rolling = await shop({}, { rolling: true, maxAge: 60 })
        const one = await rolling.visitor()
        expect(String((await rolling.ask('/look', one.cookie)).headers['set-cookie'])).toMatch(/; Expires=/)
        const aged = await shop({}, { maxAge: 60 })
        const two = await aged.visitor()
        expect(cookieOf(await aged.ask('/look', two.cookie))).toBeUndefined()
        expect(cookieOf(await aged.ask('/add', two.cookie))).toBe(two.cookie)
      })
    })

    outage(framework)
  })
}

/** A request that stays in the test's hand, to leave early. */
function begin(port: number, path: string, cookie: string): ClientRequest {
  const headers = { 'user-agent': HUMAN, cookie }
  const sent = request({ host: '127.0.0.1', port, path, agent: false, headers })
  sent.on('error', () => {})
  sent.end()
  return sent
}

function headOf(sent: ClientRequest): Promise<{ headers: NodeJS.Dict<string | string[]> }> {
  return new Promise(resolve => {
    sent.on('response', res => {
      res.resume()
      resolve(res)
    })
  })
}

async function* inThreeParts(): AsyncIterable<string> {
  for (const part of ['one', ' two', ' three']) {
    await new Promise(resolve => setImmediate(resolve))
    yield part
  }
}

async function* endless(more: Gate): AsyncIterable<string> {
  yield 'first'
  await more.opened
}
