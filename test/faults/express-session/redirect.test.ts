// Commit before the headers: whoever follows a redirect at once finds what was stored.

import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { afterEach, describe, expect, test } from '@jest/globals'
import {
  type App,
  atRest,
  begin,
  build,
  called,
  closeAll,
  gate,
  type Handler,
  HOUSES,
  idIn,
  STORE_HOUSES,
} from '../../express-session/support.ts'
import { ownRedis } from '../../support/own-redis.ts'
import { eventually, HUMAN } from '../../support/sessions.ts'

const redis = ownRedis()

afterEach(closeAll)

const routes: Record<string, Handler> = {
  '/login': async (req, res) => {
    await called(done => req.session.regenerate(done))
    req.session.user = 'ann'
    res.statusCode = 302
    res.setHeader('Location', '/account')
    res.end('moved')
  },
  '/login-saving': async (req, res) => {
    await called(done => req.session.regenerate(done))
    req.session.user = 'ann'
    req.session.save()
    res.statusCode = 302
    res.setHeader('Location', '/account')
    res.end('moved')
  },
  '/account': (req, res) => res.end(req.session.user ?? 'nobody'),
}

/** The answer of `/account` by the other process, asked the moment that the head of the login has arrived. */
async function follow(
  login: App,
  account: App,
  path: string,
  cookie?: string,
): Promise<{ text: string; id: string }> {
  const sent = begin(login, path, cookie)
  const head = await sent.head
  const set = head.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
  const { text } = await account.ask('/account', { cookie: set, headers: { 'user-agent': HUMAN } })
  await drained(head)
  return { text, id: idIn(set) }
}

async function drained(head: IncomingMessage): Promise<void> {
  head.resume()
  if (!head.complete) await once(head, 'end')
}

/** Every commit to this store waits for `until` first. */
function slowed({ sessions }: App, until: () => Promise<unknown>): void {
  const { store } = sessions
  const commit = store.commit.bind(store)
  store.commit = async (...write) => {
    await until()
    return commit(...write)
  }
}

/** Enough turns of the event loop for a client on the same machine to be back. */
async function manyTurns(): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) await new Promise(resolve => setImmediate(resolve))
}

describe.each(HOUSES)('on %s', house => {
  test.each(['/login', '/login-saving'])('%s is found by the next request 100 of 100 times', async path => {
    const login = await build({ house, on: redis, routes, options: { prefix: 'both_' } })
    const account = await build({ house, on: redis, routes, options: { prefix: 'both_' } })
    slowed(login, manyTurns)
    let found = 0
    for (let i = 0; i < 100; i += 1) {
      const { cookie } = await account.visitor()
      if ((await follow(login, account, path, cookie)).text === 'ann') found += 1
    }
    expect(found).toBe(100)
    expect(login.sessions.counts).toEqual({ holding: 0, waiting: 0 })
  })

  test('no byte of the answer goes out before the session is stored', async () => {
    const app = await build({ house, on: redis, routes })
    const stored = gate()
    slowed(app, () => stored.opened)
    const sent = begin(app, '/login')
    let arrived = false
    sent.head.then(() => {
      arrived = true
    })
    for (let i = 0; i < 20; i += 1) await app.ask('/account')
    expect(arrived).toBe(false)
    stored.open()
    const head = await sent.head
    expect(head.statusCode).toBe(302)
    await drained(head)
  })
})

describe.each(STORE_HOUSES)('on %s', house => {
  test('with commitBeforeHeaders off the head does not wait, and no lock is leaked', async () => {
    const app = await build({ house, on: redis, routes, store: { commitBeforeHeaders: false } })
    const stored = gate()
    slowed(app, () => stored.opened)
    const sent = begin(app, '/login')
    const head = await sent.head
    const id = idIn(head.headers['set-cookie']?.[0] ?? '')
    expect(await app.sessions.inspect(id)).toBeUndefined()
    stored.open()
    await drained(head)
    await eventually(async () => (await app.sessions.inspect(id))?.writes === 1)
    await atRest(app, id)
  })

  test('with commitBeforeHeaders off nothing is written twice', async () => {
    const app = await build({ house, on: redis, routes, store: { commitBeforeHeaders: false } })
    const { cookie } = await app.visitor()
    const { id } = await follow(app, app, '/login-saving', cookie)
    expect((await atRest(app, id))?.writes).toBe(1)
  })
})
