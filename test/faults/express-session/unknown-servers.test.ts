// Requests that no node:http server has made, as in a test harness: known by a middleware, or else used without a lock.

import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { expect, test } from '@jest/globals'
import session from 'express-session'
import { expressStore } from '../../../src/express-session/index.ts'
import { called, idIn, type Req } from '../../express-session/support.ts'
import { ownRedis } from '../../support/own-redis.ts'
import { eventually, HUMAN, watchedSessions } from '../../support/sessions.ts'

const redis = ownRedis()

function madeUp(cookie?: string): { req: IncomingMessage; res: ServerResponse; finished: Promise<void> } {
  const req = new IncomingMessage(new Socket())
  Object.assign(req, {
    method: 'GET',
    url: '/',
    headers: { 'user-agent': HUMAN, ...(cookie ? { cookie } : {}) },
  })
  const res = new ServerResponse(req)
  res.assignSocket(new PassThrough().resume() as unknown as Socket)
  return { req, res, finished: new Promise(resolve => res.once('finish', () => resolve())) }
}

test.each([true, false])('no lock is leaked (with the middleware: %s)', async known => {
  const { sessions } = await watchedSessions({ redis: { url: redis.url }, prefix: `made-up-${known}_` })
  const store = expressStore(sessions)
  const middleware = session({ store, secret: 's', resave: false, saveUninitialized: false })
  let held = 0

  async function visit(cookie?: string): Promise<string> {
    const { req, res, finished } = madeUp(cookie)
    await new Promise<void>(resolve => {
      const run = () => middleware(req as Req, res as never, () => resolve())
      if (known) store.requests(req, res, run)
      else run()
    })
    const { session: own } = req as Req
    own.n = (own.n ?? 0) + 1
    await called(done => own.save(done))
    own.n += 10
    await called(done => own.save(done))
    held = sessions.counts.holding
    res.end()
    await finished
    return String(res.getHeader('set-cookie')).split(';')[0] ?? ''
  }

  const cookie = await visit()
  expect(held).toBe(known ? 1 : 0)
  await visit(cookie)
  expect(held).toBe(known ? 1 : 0)
  await eventually(() => sessions.counts.holding === 0)
  expect(await sessions.inspect(idIn(cookie))).toMatchObject({ writes: 4, holder: undefined })
  expect((await sessions.open(idIn(cookie), { access: 'readonly' })).data.n).toBe(22)
  await sessions.close()
})
