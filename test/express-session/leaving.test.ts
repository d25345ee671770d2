// Clients that leave before their answer is whole, and responses that have no end: no lock outlives them.

import { once } from 'node:events'
import { afterEach, describe, expect, test } from '@jest/globals'
import { ownRedis } from '../support/own-redis.ts'
import { eventsNamed, eventually } from '../support/sessions.ts'
import {
  type App,
  atRest,
  begin,
  build,
  called,
  closeAll,
  dataOf,
  type Gate,
  gate,
  type Handler,
  HOUSES,
  KINDS,
  TOUCHED,
} from './support.ts'

const redis = ownRedis()
let entered: Gate
let goOn: Gate
let handled: Gate
let saved: unknown

afterEach(closeAll)

const routes: Record<string, Handler> = {
  '/slow': async (req, res) => {
    entered.open()
    await goOn.opened
    req.session.n = 7
    res.end('slow')
    handled.open()
  },
  '/slow-save': async (req, res) => {
    entered.open()
    await goOn.opened
    req.session.n = 8
    saved = await called(done => req.session.save(done)).catch(error => error)
    res.end()
    handled.open()
  },
  '/slow-regenerate': async req => {
    entered.open()
    await goOn.opened
    await called(done => req.session.regenerate(done))
    req.session.n = 9
    await called(done => req.session.save(done))
    handled.open()
  },
  '/never': req => {
    req.session.n = 7
    entered.open()
  },
  '/saves-and-never-ends': req => {
    req.session.n = 8
    req.session.save(() => handled.open())
    entered.open()
  },
  '/events': (req, res) => {
    req.session.n = 7
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.write('data: 1\n\n')
  },
  '/events-that-end': (req, res) => {
    req.session.n = 7
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.write('data: 1\n\n')
    res.end('data: 2\n\n')
  },
  '/destroys-response': (req, res) => {
    req.session.n = 7
    res.destroy()
  },
}

describe.each(HOUSES)('on %s', house => {
  describe.each(KINDS)('with %s', kind => {
    let app: App
    let cookie: string
    let id: string

    const start = async () => {
      entered = gate()
      goOn = gate()
      handled = gate()
      saved = undefined
      app = await build({
        house,
        on: kind === 'redis' ? redis : 'memory',
        routes,
        options: TOUCHED,
      })
      ;({ cookie, id } = await app.visitor())
    }

    const leave = async (path: string) => {
      const request = begin(app, path, cookie)
      await entered.opened
      expect((await app.sessions.inspect(id))?.holder).toBeDefined()
      request.destroy()
      return atRest(app, id)
    }

    test('a client that leaves before the end gives the lock back, and its session lives on unwritten', async () => {
      await start()
      const view = await leave('/never')
      expect(view).toMatchObject({ writes: 1, touches: 1 })
      expect(await dataOf(app, id)).toEqual({ n: 1 })
    })

    test('what a handler stores after its client left is taken while nobody else came', async () => {
      await start()
      await leave('/slow')
      goOn.open()
      await handled.opened
      await eventually(async () => (await app.sessions.inspect(id))?.writes === 2)
      await atRest(app, id)
      expect(await dataOf(app, id)).toEqual({ n: 7 })
      expect(eventsNamed(app.events, 'commit-refused')).toEqual([])
    })

    test('what a handler stores after its client left and another came is refused and told', async () => {
      await start()
      await leave('/slow')
      await app.sessions.update(id, data => void Object.assign(data, { n: 5 }))
      goOn.open()
      await handled.opened
      await eventually(() => eventsNamed(app.events, 'commit-refused').length > 0)
      expect(eventsNamed(app.events, 'commit-refused')).toMatchObject([{ reason: 'conflict' }])
      await atRest(app, id)
      expect(await dataOf(app, id)).toEqual({ n: 5 })
    })

    test('what a handler saves after its client left, while another holds the lock, is refused to its callback', async () => {
      await start()
      await leave('/slow-save')
      const other = await app.sessions.open(id)
      goOn.open()
      await handled.opened
      expect(saved).toMatchObject({ code: 'COMMIT_REFUSED' })
      other.data.n = 5
      expect(await other.commit()).toMatchObject({ written: true })
      await atRest(app, id)
      expect(await dataOf(app, id)).toEqual({ n: 5 })
    })

    test('a session that is regenerated after its client left holds no lock', async () => {
      await start()
      await leave('/slow-regenerate')
      goOn.open()
      await handled.opened
      expect(app.sessions.counts.holding).toBe(0)
      expect(await app.sessions.inspect(id)).toBeUndefined()
      const names = await called<string[]>(done => app.store.ids(done))
      expect(names).toHaveLength(1)
    })

    test.each(['with a session', 'without one'])(
      'a client %s that leaves during a save leaves no lock',
      async who => {
        await start()
        const request = begin(app, '/saves-and-never-ends', who === 'with a session' ? cookie : undefined)
        await entered.opened
        request.destroy()
        await handled.opened
        await eventually(() => app.sessions.counts.holding === 0)
        for (const name of await called<string[]>(done => app.store.ids(done))) {
          await eventually(async () => !(await app.sessions.store.inspect(name))?.holder)
        }
      },
    )

    test('a stream of events that the client closes gives the lock back and stores nothing', async () => {
      await start()
      const request = begin(app, '/events', cookie)
      const head = await request.head
      await once(head, 'data')
      request.destroy()
      expect(await atRest(app, id)).toMatchObject({ writes: 1, touches: 1 })
    })

    test('a stream that ends by itself is stored before its end', async () => {
      await start()
      expect((await app.ask('/events-that-end', { cookie })).text).toBe('data: 1\n\ndata: 2\n\n')
      expect((await app.sessions.inspect(id))?.writes).toBe(2)
      await atRest(app, id)
    })

    test('a response that the handler destroys gives the lock back and stores nothing', async () => {
      await start()
      await expect(app.ask('/destroys-response', { cookie })).rejects.toThrow()
      expect(await atRest(app, id)).toMatchObject({ writes: 1 })
    })

    test('a client that leaves while it waits leaves the queue, and is never given the lock', async () => {
      await start()
      const holder = await app.sessions.open(id)
      const request = begin(app, '/slow', cookie)
      await eventually(async () => (await app.sessions.inspect(id))?.waiters === 1)
      request.destroy()
      await eventually(async () => (await app.sessions.inspect(id))?.waiters === 0)
      expect(eventsNamed(app.events, 'wait-aborted')).toHaveLength(1)
      // The middleware of our own goes no further: there is nobody to answer.
      const told = house === 'own door' ? [] : [{ code: 'WAIT_ABORTED' }]
      await eventually(() => app.errors.length === told.length)
      expect(app.errors).toMatchObject(told)
      await holder.release()
      expect(await atRest(app, id)).toMatchObject({ writes: 1 })
      expect(eventsNamed(app.events, 'lock-waited')).toEqual([])
    })
  })
})
