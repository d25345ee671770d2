// A login, the page "your devices" and an end everywhere, through the Express door.
import { expect, test } from '@jest/globals'
import type express from 'express'
import { SessionError } from '../../src/index.ts'
import { ownRedis } from '../support/own-redis.ts'
import { shop } from './support.ts'

const redis = ownRedis()

type Fields = { user?: string; basket?: string; n?: number }
const dataIn = (req: express.Request) => req.session as unknown as Fields

const open = (login: express.RequestHandler) =>
  shop(
    redis,
    (app, sessioned) => {
      app.use(sessioned)
      app.get('/buy', (req, res) => {
        dataIn(req).basket = 'shirt'
        res.end('bought')
      })
      app.get('/login', login)
      app.get('/me', (req, res) =>
        res.json({ user: dataIn(req).user ?? null, basket: dataIn(req).basket ?? null }),
      )
      app.get('/logout', (req, res, next) => void req.session.destroy().then(() => res.end('bye'), next))
    },
    {},
    { users: { secret: 'a secret for users' } },
  )

const logins: Record<string, express.RequestHandler> = {
  'by a promise': (req, res, next) => {
    req.session.login('alice', { device: String(req.headers['x-device'] ?? '') }).then(() => {
      dataIn(req).user = 'alice'
      res.end('hello')
    }, next)
  },
  'by a callback': (req, res, next) => {
    req.session.login('alice', { device: String(req.headers['x-device'] ?? '') }, error => {
      if (error) return next(error)
      dataIn(req).user = 'alice'
      res.end('hello')
    })
  },
}

test.each(Object.entries(logins))(
  'a visitor logs in on two devices, and ends the other: %s',
  async (_, login) => {
    const { browser, sessions } = await open(login)
    const [laptop, phone] = [await browser(), await browser()]
    await laptop.ask('/buy')
    const before = laptop.id()
    await laptop.ask('/login', { headers: { 'x-device': 'laptop' } })
    expect(laptop.id()).not.toBe(before)
    await phone.ask('/login', { headers: { 'x-device': 'phone' } })
    expect(JSON.parse((await laptop.ask('/me')).text)).toEqual({ user: 'alice', basket: 'shirt' })
    const devices = await sessions.of('alice', { current: { id: laptop.id() } })
    expect(devices.map(({ device, current }) => [device, current]).sort()).toEqual([
      ['laptop', true],
      ['phone', false],
    ])
    expect(await sessions.endOf('alice', { except: { id: laptop.id() } })).toBe(1)
    expect(JSON.parse((await phone.ask('/me')).text)).toEqual({ user: null, basket: null })
    expect(JSON.parse((await laptop.ask('/me')).text)).toMatchObject({ user: 'alice' })
    await laptop.ask('/logout')
    expect(await sessions.of('alice')).toEqual([])
  },
)

test('a login over the limit is an error that the handler sees, and the visitor keeps the basket', async () => {
  const { browser } = await open((req, res, next) => {
    req.session.login('alice', { max: 1, onMax: 'refuse' }).then(
      () => {
        dataIn(req).user = 'alice'
        res.end('hello')
      },
      error => {
        if (!(error instanceof SessionError) || error.code !== 'SESSION_LIMIT') return next(error)
        res.status(error.status).end('on one device only')
      },
    )
  })
  const [first, second] = [await browser(), await browser()]
  expect((await first.ask('/login')).status).toBe(200)
  await second.ask('/buy')
  expect(await second.ask('/login')).toMatchObject({ status: 403, text: 'on one device only' })
  expect(JSON.parse((await second.ask('/me')).text)).toEqual({ user: null, basket: 'shirt' })
})

test('a login gets an id of the own making of the application, and its visitor keeps that', async () => {
  const made: string[] = []
  const genid = () => {
    made.push(`own-${made.length}-${'x'.repeat(32)}`)
    return made.at(-1) as string
  }
  const { browser, sessions } = await shop(
    redis,
    (app, sessioned) => {
      app.use(sessioned)
      app.get('/buy', (req, res) => {
        dataIn(req).basket = 'shirt'
        res.end('bought')
      })
      app.get('/login', logins['by a promise'] as express.RequestHandler)
    },
    { genid },
    { users: { secret: 'a secret for users' } },
  )
  const visitor = await browser()
  await visitor.ask('/buy')
  const before = visitor.id()
  await visitor.ask('/login')
  expect(visitor.id()).not.toBe(before)
  expect(visitor.id()).toBe(made.at(-1))
  expect(await sessions.of('alice', { current: { id: visitor.id() } })).toMatchObject([{ current: true }])
})

test('data that is named login stays data', async () => {
  const { browser } = await shop(redis, (app, sessioned) => {
    app.use(sessioned)
    app.get('/set', (req, res) => {
      Object.assign(req.session, { login: 'alice' })
      res.end()
    })
    app.get('/get', (req, res) => res.json((req.session as unknown as { login: unknown }).login))
  })
  const visitor = await browser()
  await visitor.ask('/set')
  expect((await visitor.ask('/get')).text).toBe('"alice"')
})
