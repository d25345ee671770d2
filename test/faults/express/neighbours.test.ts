// Middlewares that stand beside session() in many applications: each over our own, as its README mounts it.
import { describe, expect, test } from '@jest/globals'
import compression from 'compression'
import flash from 'connect-flash'
import cookieParser from 'cookie-parser'
import { doubleCsrf } from 'csrf-csrf'
import { csrfSync } from 'csrf-sync'
import express from 'express'
import helmet from 'helmet'
import lusca from 'lusca'
import multer from 'multer'
import supertest from 'supertest'
import { attributesOf, shop } from '../../express/support.ts'
import { ownRedis } from '../../support/own-redis.ts'
import { HUMAN } from '../../support/sessions.ts'

const redis = ownRedis()

describe('connect-flash', () => {
  const flashing = () =>
    shop(redis, (app, sessioned) => {
      app.use(sessioned, flash())
      const flashed = (req: express.Request) =>
        req as unknown as { flash(type?: string, message?: string): unknown }
      app.post('/order', (req, res) => {
        flashed(req).flash('info', 'ordered')
        res.redirect('/')
      })
      app.get('/', (req, res) => res.json(flashed(req).flash('info')))
    })

  test('a message is there for the page that the redirect leads to, and for no other', async () => {
    const { browser, atRest } = await flashing()
    const visitor = await browser()
    expect((await visitor.ask('/order', { method: 'POST' })).status).toBe(302)
    expect((await visitor.ask('/')).text).toBe('["ordered"]')
    expect((await visitor.ask('/')).text).toBe('[]')
    await atRest()
  })

  test('each of many messages that are left at the same time is shown once', async () => {
    const { browser } = await flashing()
    const visitor = await browser()
    await visitor.ask('/order', { method: 'POST' })
    await visitor.ask('/')
    await Promise.all(Array.from({ length: 10 }, () => visitor.ask('/order', { method: 'POST' })))
    const pages = await Promise.all(Array.from({ length: 5 }, () => visitor.ask('/')))
    expect(pages.flatMap(({ text }) => JSON.parse(text))).toHaveLength(10)
  })
})

describe('tokens against forged requests', () => {
  const tokenOf = ({ text }: { text: string }) => ({ 'x-csrf-token': text })

  test.each(['csrf-sync', 'csrf-csrf', 'lusca'] as const)('%s', async name => {
    const { browser, atRest } = await shop(redis, (app, sessioned) => {
      app.use(cookieParser('a secret of cookie-parser'), sessioned)
      if (name === 'csrf-sync') {
        const { csrfSynchronisedProtection, generateToken } = csrfSync()
        app.get('/token', (req, res) => res.send(generateToken(req)))
        app.use(csrfSynchronisedProtection)
      } else if (name === 'csrf-csrf') {
        const { doubleCsrfProtection, generateCsrfToken } = doubleCsrf({
          getSecret: () => 'a secret of csrf-csrf',
          getSessionIdentifier: req => req.session.id,
          cookieName: 'csrf',
          cookieOptions: { secure: false },
        })
        app.get('/token', (req, res) => {
          // Its token belongs to the id, so the session must be there for the next request.
          req.session.seen = true
          res.send(generateCsrfToken(req, res))
        })
        app.use(doubleCsrfProtection)
      } else {
        app.use(lusca.csrf())
        app.get('/token', (_req, res) => res.send(res.locals._csrf))
      }
      app.post('/order', (req, res) => {
        req.session.ordered = true
        res.send('ordered')
      })
    })
    const visitor = await browser()
    const token = tokenOf(await visitor.ask('/token'))
    expect((await visitor.ask('/order', { method: 'POST' })).status).toBe(403)
    expect((await visitor.ask('/order', { method: 'POST', headers: token })).text).toBe('ordered')
    const other = await browser()
    await other.ask('/token')
    expect((await other.ask('/order', { method: 'POST', headers: token })).status).toBe(403)
    await atRest()
  })
})

describe('multer', () => {
  test('a session is changed after an upload was read, and stored', async () => {
    const { app, sessions, atRest } = await shop(redis, (app, sessioned) => {
      app.use(sessioned)
      app.post('/picture', multer().single('picture'), (req, res) => {
        req.session.picture = (req as unknown as { file: { size: number } }).file.size
        res.redirect('/picture')
      })
      app.get('/picture', (req, res) => res.json(req.session.picture))
    })
    const agent = supertest.agent(app)
    const answer = await agent
      .post('/picture')
      .set('User-Agent', HUMAN)
      .attach('picture', Buffer.alloc(300_000), 'cat.png')
      .redirects(1)
    expect(answer.text).toBe('300000')
    await atRest()
    expect(sessions.counts.holding).toBe(0)
  })
})

describe('compression', () => {
  const TEXT = 'a page that is long enough to be worth it. '.repeat(200)

  test.each([
    ['before', 'send'],
    ['after', 'send'],
    ['before', 'stream'],
    ['after', 'stream'],
  ])(
    'mounted %s session(), a page by %s is whole, its session stored, its cookie set',
    async (where, how) => {
      const { app, atRest } = await shop(redis, (app, sessioned) => {
        app.use(where === 'before' ? [compression(), sessioned] : [sessioned, compression()])
        app.get('/', (req, res) => {
          const n = Number(req.session.n ?? 0) + 1
          req.session.n = n
          res.set('X-N', String(n)).type('text')
          if (how === 'send') return void res.send(TEXT)
          for (let at = 0; at < TEXT.length; at += 1000) res.write(TEXT.slice(at, at + 1000))
          res.end()
        })
      })
      const agent = supertest.agent(app)
      for (const n of ['1', '2', '3']) {
        const { status, headers, text } = await agent
          .get('/')
          .set('User-Agent', HUMAN)
          .set('Accept-Encoding', 'gzip')
        expect([status, headers['x-n'], headers['content-encoding']]).toEqual([200, n, 'gzip'])
        expect(text).toBe(TEXT)
        expect(attributesOf({ headers })).toEqual(
          n === '1' ? { Path: '/', HttpOnly: true, SameSite: 'Lax' } : undefined,
        )
      }
      await atRest()
    },
  )
})

describe('helmet and cookie-parser', () => {
  test('their headers and cookies stand beside ours, in whatever order they are mounted', async () => {
    for (const order of [0, 1]) {
      const { browser } = await shop(redis, (app, sessioned) => {
        const others = [helmet(), cookieParser('a secret of cookie-parser')]
        app.use(order ? [sessioned, ...others] : [...others, sessioned])
        app.get('/', (req, res) => {
          req.session.n = 1
          res.cookie('plain', 'p').cookie('signed', 's', { signed: true })
          res.json({ cookies: req.cookies, signed: req.signedCookies, id: req.session.id })
        })
      })
      const visitor = await browser()
      const first = await visitor.ask('/')
      expect(first.headers).toMatchObject({ 'x-content-type-options': 'nosniff' })
      expect([...visitor.cookies.keys()].sort()).toEqual(['connect.sid', 'plain', 'signed'])
      const { cookies, signed, id } = JSON.parse((await visitor.ask('/')).text)
      expect([cookies.plain, signed.signed, id]).toEqual(['p', 's', visitor.id()])
    }
  })
})

describe('supertest', () => {
  test('an agent keeps its session, and two agents have two', async () => {
    const { app } = await shop(redis, (app, sessioned) => {
      app.use(express.json(), sessioned)
      app.post('/cart', (req, res) => {
        req.session.items = [...((req.session.items as string[]) ?? []), req.body.item]
        res.json({ items: req.session.items })
      })
    })
    const [ada, eve] = [supertest.agent(app), supertest.agent(app)]
    const add = (agent: typeof ada, item: string) =>
      agent.post('/cart').set('User-Agent', HUMAN).send({ item })
    await add(ada, 'tea')
    await add(eve, 'gin')
    expect((await add(ada, 'cake')).body).toEqual({ items: ['tea', 'cake'] })
    expect((await add(eve, 'ice')).body).toEqual({ items: ['gin', 'ice'] })
  })
})
