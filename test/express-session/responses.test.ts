// Responses come out as they would without a session: body, length, status, and whoever wraps `res.end` besides.

import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { RequestHandler, Response } from 'express'
import express from 'express'
import { cookieOf } from '../support/http.ts'
import { ownRedis } from '../support/own-redis.ts'
import { HUMAN } from '../support/sessions.ts'
import { type App, atRest, begin, build, called, closeAll, dataOf, type Handler, HOUSES } from './support.ts'

const TEXT = 'täglich '.repeat(20_000)
const BYTES = String(Buffer.byteLength(TEXT))
const redis = ownRedis()
let folder: string
let file: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-express-'))
  file = join(folder, 'page.txt')
  await writeFile(file, TEXT)
})
afterEach(closeAll)
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Every route exists twice: `/x` changes the session, `/x?look` does not. */
const changing = (handler: (req: express.Request, res: Response) => unknown): Handler => {
  return (req, res) => {
    if (!req.url.endsWith('?look')) req.session.n = (req.session.n ?? 0) + 1
    return handler(req, res as Response)
  }
}

describe.each(HOUSES.filter(house => house !== 'node:http'))('with %s', house => {
  let app: App
  let cookie: string
  let id: string
  const routes: Record<string, Handler> = {
    '/json': changing((_req, res) => res.json({ text: TEXT })),
    '/send': changing((_req, res) => res.send(TEXT)),
    '/file': changing((_req, res) => res.sendFile(file)),
    '/pipe': changing((_req, res) => pipeline(createReadStream(file), res)),
    '/redirect': changing((_req, res) => res.redirect('/n')),
    '/none': changing((_req, res) => res.sendStatus(204)),
    '/not-modified': changing((_req, res) => res.status(304).end()),
    '/login': async (req, res) => {
      await called(done => req.session.regenerate(done))
      req.session.user = 'ann'
      await called(done => req.session.save(done))
      ;(res as Response).redirect('/n')
    },
  }

  beforeEach(async () => {
    app = await build({ house, on: redis, routes })
    ;({ cookie, id } = await app.visitor())
  })

  test.each(['', '?look'])('res.send, sendFile and a pipe send the whole body (%s)', async look => {
    for (const path of ['/send', '/file', '/pipe']) {
      const answer = await app.ask(path + look, { cookie })
      expect(answer.status).toBe(200)
      expect(answer.text === TEXT).toBe(true)
      if (path !== '/pipe') expect(answer.headers['content-length']).toBe(BYTES)
    }
    expect(JSON.parse((await app.ask(`/json${look}`, { cookie })).text)).toEqual({ text: TEXT })
    expect((await atRest(app, id))?.writes).toBe(look ? 1 : 5)
  })

  test.each(['/send', '/file'])('HEAD %s has the length and no body', async path => {
    const answer = await app.ask(path, { cookie, method: 'HEAD' })
    expect(answer).toMatchObject({ status: 200, text: '', headers: { 'content-length': BYTES } })
    expect((await atRest(app, id))?.writes).toBe(2)
  })

  test.each(['/send', '/file', '/send?look', '/file?look'])(
    '%s asked again with its ETag is a 304',
    async path => {
      const { headers } = await app.ask(path, { cookie })
      const etag = String(headers.etag ?? '')
      expect(etag).not.toBe('')
      const again = await app.ask(path, { cookie, headers: { 'if-none-match': etag } })
      expect(again).toMatchObject({ status: 304, text: '' })
      await atRest(app, id)
    },
  )

  test.each([
    { path: '/none', status: 204 },
    { path: '/not-modified', status: 304 },
    { path: '/redirect', status: 302 },
  ])('$path is a $status', async ({ path, status }) => {
    expect((await app.ask(path, { cookie })).status).toBe(status)
    expect((await atRest(app, id))?.writes).toBe(2)
  })

  test('a login by regenerate, save and redirect is there after the redirect, written once', async () => {
    const answer = await app.ask('/login', { cookie })
    expect(answer).toMatchObject({ status: 302, headers: { location: '/n' } })
    const next = cookieOf(answer) ?? ''
    expect(next).not.toBe(cookie)
    expect(await called(done => app.store.all(done as never))).toMatchObject([{ user: 'ann' }])
    expect((await app.ask('/n', { cookie: next })).status).toBe(200)
    expect(await atRest(app, id)).toBeUndefined()
  })

  test('what an application does to a response that it has ended changes nothing', async () => {
    const outcome: unknown[] = []
    const careless = await build({
      house,
      on: redis,
      routes: {
        '/twice': (req, res) => {
          req.session.n = 2
          res.statusCode = 201
          res.setHeader('X-Page', 'first')
          res.end('first')
          outcome.push(res.headersSent, res.writableEnded)
          res.statusCode = 404
          res.removeHeader('X-Page')
          res.setHeader('X-Other', 'second')
          res.writeHead(500)
          res.write('more')
          res.end('second')
        },
      },
    })
    const visitor = await careless.visitor()
    const answer = await careless.ask('/twice', visitor)
    expect(answer).toMatchObject({ status: 201, text: 'first', headers: { 'x-page': 'first' } })
    expect(answer.headers['x-other']).toBeUndefined()
    // It is not out yet: its session is being stored.
    expect(outcome).toEqual([false, false])
    expect((await atRest(careless, visitor.id))?.writes).toBe(2)
  })
})

test('an application within the application may end a response and go on, which changes nothing', async () => {
  const seen: unknown[] = []
  const inner = express()
  inner.use((req, res, next) => {
    if (req.path !== '/inner') return next()
    req.session.n = 2
    res.status(201).set('X-Page', 'inner').send('inner')
    next()
  })
  const app = await build({
    on: redis,
    after: [
      inner,
      (req, res, next) => {
        if (req.path !== '/inner') return next()
        seen.push(res.status(500).set('X-Page', 'outer').removeHeader('Content-Length'))
        res.send('outer')
      },
    ],
    routes: {},
  })
  const { cookie, id } = await app.visitor()
  const answer = await app.ask('/inner', { cookie })
  expect(answer).toMatchObject({
    status: 201,
    text: 'inner',
    headers: { 'x-page': 'inner', 'content-length': '5' },
  })
  expect(seen).toHaveLength(1)
  expect((await atRest(app, id))?.writes).toBe(2)
})

/** What compression does: replaces write and end, writes the head itself, and sends other bytes. */
const compressing: RequestHandler = (_req, res, next) => {
  const { write, end } = res
  res.setHeader('X-Zipped', 'yes')
  const chunks: Buffer[] = []
  res.write = ((chunk: string) => chunks.push(Buffer.from(chunk)) > 0) as Response['write']
  res.end = ((chunk?: string) => {
    if (chunk) chunks.push(Buffer.from(chunk))
    if (!res.headersSent) res.writeHead(res.statusCode)
    write.call(res, gzipSync(Buffer.concat(chunks)).toString('base64'), 'latin1')
    return end.call(res, undefined as never, 'latin1')
  }) as Response['end']
  next()
}

describe.each(HOUSES)('on %s', house => {
  const calls: unknown[] = []
  const routes: Record<string, Handler> = {
    '/callback': changing((_req, res) => calls.push(res.end(() => calls.push('finished')) === res)),
    '/chunk-callback': changing((_req, res) =>
      calls.push(res.end('chunk', () => calls.push('finished')) === res),
    ),
    '/all': changing((_req, res) =>
      calls.push(res.end('chünk', 'latin1', () => calls.push('finished')) === res),
    ),
    '/twice': changing((_req, res) => {
      res.end('first')
      res.end('second')
    }),
    '/head-first': changing((_req, res) => {
      res.writeHead(202, { 'X-Page': 'yes' })
      res.end('head first')
    }),
    '/parts': changing((_req, res) => {
      res.write('one ')
      res.write('two ')
      res.end('three')
    }),
  }

  test.each(['', '?look'])('every way to call res.end works, and calls back once (%s)', async look => {
    const app = await build({ house, on: redis, routes })
    const { cookie, id } = await app.visitor()
    for (const [path, text] of Object.entries({
      '/callback': '',
      '/chunk-callback': 'chunk',
      '/all': 'ch\ufffdnk',
    })) {
      calls.length = 0
      expect((await app.ask(path + look, { cookie })).text).toBe(text)
      await atRest(app, id)
      expect(calls).toEqual([true, 'finished'])
    }
    expect((await app.ask(`/twice${look}`, { cookie })).text).toBe('first')
    expect((await app.ask(`/parts${look}`, { cookie })).text).toBe('one two three')
    const head = await app.ask(`/head-first${look}`, { cookie })
    expect(head).toMatchObject({ status: 202, text: 'head first', headers: { 'x-page': 'yes' } })
    expect((await atRest(app, id))?.writes).toBe(look ? 1 : 7)
  })

  test.each(['before', 'after'] as const)(
    'a middleware %s the session may wrap write and end',
    async place => {
      const app = await build({ house, on: redis, routes, [place]: [compressing] })
      const { cookie, id } = await app.visitor()
      for (const look of ['', '?look']) {
        const answer = await app.ask(`/parts${look}`, { cookie })
        expect(answer.headers['x-zipped']).toBe('yes')
        expect(gunzipSync(Buffer.from(answer.text, 'base64')).toString()).toBe('one two three')
      }
      expect((await atRest(app, id))?.writes).toBe(2)
      expect(await dataOf(app, id)).toEqual({ n: 2 })
    },
  )

  test('a handler that throws after its end, while its request still comes, changes nothing of the answer', async () => {
    const app = await build({
      house,
      on: redis,
      routes: {
        '/throws': (req, res) => {
          req.session.n = 2
          res.end('fine')
          throw new Error('too late')
        },
      },
    })
    const { cookie } = await app.visitor()
    const socket = connect(app.port, '127.0.0.1').setEncoding('utf8')
    const head = `HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: ${HUMAN}\r\nCookie: ${cookie}\r\n`
    let seen = ''
    const until = async (end: RegExp) => {
      while (!end.test(seen)) seen += String((await once(socket, 'data'))[0])
    }
    socket.write(`POST /throws ${head}Content-Length: 6\r\n\r\nfirst`)
    await until(/fine(\r\n0\r\n\r\n)?$/)
    expect(seen).toMatch(/^HTTP\/1.1 200 OK/)
    // Express's error handler waits for the last byte of the request.
    socket.write(`.GET /n ${head}Connection: close\r\n\r\n`)
    await once(socket.resume(), 'end')
    socket.destroy()
    expect(app.errors).toMatchObject([{ message: 'too late' }])
  })

  test('answers on one connection that is kept alive follow each other unharmed', async () => {
    const app = await build({ house, on: redis, routes })
    const { cookie } = await app.visitor()
    for (let i = 0; i < 5; i += 1) {
      const sent = begin(app, '/parts', cookie)
      const head = await sent.head
      const chunks: Buffer[] = []
      for await (const chunk of head) chunks.push(chunk as Buffer)
      expect(Buffer.concat(chunks).toString()).toBe('one two three')
    }
  })
})
