// Over real TLS, behind a proxy that ends it, and with names that browsers take over HTTPS only.
import { readFileSync } from 'node:fs'
import { request as requestOver, createServer as tlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import express from 'express'
import { type ExpressOptions, session } from '../../../src/express/index.ts'
import { attributesOf, shop } from '../../express/support.ts'
import { ownRedis } from '../../support/own-redis.ts'
import { HUMAN } from '../../support/sessions.ts'
import { type Certificates, makeCertificates } from '../../support/tls.ts'

const redis = ownRedis()
let certificates: Certificates

beforeAll(async () => {
  certificates = await makeCertificates()
})
afterAll(() => certificates.remove())

const counting = (app: express.Express, sessioned: express.RequestHandler) => {
  app.use(sessioned)
  app.get('/', (req, res) => {
    req.session.n = Number(req.session.n ?? 0) + 1
    res.json(req.session.n)
  })
}

type Sent = { headers: Record<string, string | string[] | undefined>; text: string; cookie: string }

/** Asks an application that itself speaks TLS, twice, with the cookie of the first answer. */
async function overTls(options: Partial<ExpressOptions>): Promise<[Sent, Sent]> {
  const { sessions } = await redis.watched({ prefix: 'tls_' })
  const app = express()
  counting(app, session({ sessions, secret: 's', ...options }))
  const read = (name: 'redis.key' | 'redis.crt' | 'ca.crt') => readFileSync(certificates.file(name))
  const server = tlsServer({ key: read('redis.key'), cert: read('redis.crt') }, app)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const ask = (cookie: string) =>
    new Promise<Sent>((resolve, reject) => {
      const to = {
        host: '127.0.0.1',
        servername: 'localhost',
        port,
        ca: read('ca.crt'),
        agent: false as const,
      }
      const sent = requestOver({ ...to, headers: { 'user-agent': HUMAN, cookie } }, async res => {
        let text = ''
        for await (const part of res) text += part
        const set = res.headers['set-cookie']?.[0]?.split(';')[0]
        resolve({ headers: res.headers, text, cookie: set ?? cookie })
      })
      sent.on('error', reject).end()
    })
  try {
    const first = await ask('')
    return [first, await ask(first.cookie)]
  } finally {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
}

const SECURED = { Path: '/', HttpOnly: true, Secure: true, SameSite: 'Lax' }

describe('a server that speaks TLS', () => {
  test.each([
    ['by default', {}, SECURED],
    ['with secure: true', { cookie: { secure: true } }, SECURED],
    ["with secure: 'auto'", { cookie: { secure: 'auto' } }, SECURED],
    ['with secure: false', { cookie: { secure: false } }, { Path: '/', HttpOnly: true, SameSite: 'Lax' }],
    ["with sameSite: 'auto'", { cookie: { sameSite: 'auto' } }, { ...SECURED, SameSite: 'None' }],
    ['with proxy: false', { proxy: false }, SECURED],
  ] as const)('%s sets its cookie so, and has it back', async (_, options, attributes) => {
    const [first, second] = await overTls(options)
    expect(attributesOf(first)).toEqual(attributes)
    expect([first.text, second.text]).toEqual(['1', '2'])
  })

  test.each(['__Host-session', '__Secure-session', '__host-session'])('a cookie named %s', async name => {
    const [first, second] = await overTls({ name })
    expect(attributesOf(first, name)).toEqual(SECURED)
    expect(second.text).toBe('2')
  })
})

describe('behind a proxy', () => {
  const HTTPS = { headers: { 'x-forwarded-proto': 'https' } }

  test.each([
    ['trust proxy', 1, {}, SECURED],
    ['proxy: true', false, { proxy: true }, SECURED],
    ['neither', false, {}, { Path: '/', HttpOnly: true, SameSite: 'Lax' }],
  ] as const)('that is trusted by %s', async (_, trusted, options, attributes) => {
    const { browser } = await shop(
      redis,
      (app, sessioned) => {
        app.set('trust proxy', trusted)
        counting(app, sessioned)
      },
      options,
    )
    const visitor = await browser()
    expect(attributesOf(await visitor.ask('/', HTTPS))).toEqual(attributes)
    expect((await visitor.ask('/', HTTPS)).text).toBe('2')
    // The same session over plain HTTP is read, for whatever reason the browser sends it.
    expect((await visitor.ask('/')).text).toBe('3')
  })
})

describe('names that bind a cookie', () => {
  test.each(['__Host-session', '__Secure-session'])('%s is not set over plain HTTP', async name => {
    const { browser } = await shop(redis, counting, { name })
    expect((await (await browser()).ask('/')).headers['set-cookie']).toBeUndefined()
  })

  test.each([
    ['__Host-session', { domain: 'shop.example' }],
    ['__Host-session', { path: '/shop' }],
    ['__Host-session', { secure: false }],
    ['__Secure-session', { secure: false }],
  ])('%s with %j is refused at start', async (name, cookie) => {
    const { sessions } = await redis.watched()
    expect(() => session({ sessions, secret: 's', name, cookie })).toThrow(`A cookie named ${name} must be`)
  })

  test('nothing that a session says of its cookie takes from it what its name asks for', async () => {
    const { browser } = await shop(
      redis,
      (app, sessioned) => {
        app.set('trust proxy', 1).use(sessioned)
        app.get('/', (req, res) => {
          Object.assign(req.session.cookie, { domain: 'shop.example', path: '/shop', secure: false })
          req.session.n = 1
          res.end()
        })
      },
      { name: '__Host-session' },
    )
    const answer = await (await browser()).ask('/', { headers: { 'x-forwarded-proto': 'https' } })
    expect(attributesOf(answer, '__Host-session')).toEqual(SECURED)
  })
})
