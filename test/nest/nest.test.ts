// NestJS 11 over our own middleware. Its packages are not among the project's: `npm install` in this folder gets them, and the
// faults tier then takes this file along.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Browser, browse } from '../express/support.ts'
import { ownRedis } from '../support/own-redis.ts'

const redis = ownRedis()
let app: ChildProcess
let port: number

beforeAll(async () => {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  const file = fileURLToPath(new URL('app.mjs', import.meta.url))
  app = fork(file, [redis.url], { execArgv: ['--import', tsx] })
  const [told] = await Promise.race([once(app, 'message'), once(app, 'exit')])
  port = Number(told)
  if (!(port > 1)) throw new Error('the application did not start')
})

afterAll(async () => {
  if (app.exitCode !== null) return
  app.send('close')
  await once(app, 'exit')
})

const post = (browser: Browser, path: string) => browser.ask(path, { method: 'POST' })
const json = async (browser: Browser, path: string) => JSON.parse((await browser.ask(path)).text)

test('twenty requests at once lose nothing of a cart', async () => {
  const visitor = browse(port)
  await post(visitor, '/cart')
  await Promise.all(Array.from({ length: 20 }, () => post(visitor, '/cart')))
  expect(await json(visitor, '/cart')).toHaveLength(21)
})

test('a login in a handler gives a new id and keeps what it carries over; the page that it leads to is logged in', async () => {
  const ada = browse(port)
  await post(ada, '/cart')
  const before = ada.id()
  expect(await post(ada, '/login')).toMatchObject({ status: 302, headers: { location: '/me' } })
  expect(await json(ada, '/me')).toEqual({ user: 'ada', id: ada.id() })
  expect(ada.id()).not.toBe(before)
  expect(await json(ada, '/cart')).toEqual([0])
})

test('a logout ends the session', async () => {
  const ada = browse(port)
  await post(ada, '/login')
  const id = ada.id()
  expect((await post(ada, '/logout')).text).toBe('{"session":null}')
  expect(await json(ada, '/me')).toMatchObject({ user: null, id: expect.not.stringMatching(id) })
})

test('a handler that throws is a 500 of Nest, and what it changed before is stored', async () => {
  const visitor = browse(port)
  await post(visitor, '/cart')
  expect((await post(visitor, '/fails')).status).toBe(500)
  expect(await json(visitor, '/cart')).toEqual(['before it failed'])
})
