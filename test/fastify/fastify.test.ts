// What latchkey/fastify is alone with. What it shares with all frameworks is in test/doors.
import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type IncomingHttpHeaders } from 'node:http2'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import Fastify, { type FastifyInstance, type FastifyRequest, type LightMyRequestResponse } from 'fastify'
import latchkey, { type FastifyOptions } from '../../src/fastify/index.ts'
import { type Answer, ask, cookieOf } from '../support/http.ts'
import { eventually, HUMAN, type Watched, watchedSessions } from '../support/sessions.ts'

let app: FastifyInstance
let watched: Watched

beforeEach(async () => {
  app = Fastify()
  watched = await watchedSessions({ store: 'memory' })
})
afterEach(async () => {
  await app.close()
  await watched.sessions.close({ grace: 0 })
})

const register = (options: Partial<FastifyOptions> = {}) =>
  app.register(latchkey, { sessions: watched.sessions, secret: 's', ...options })
const headers = { 'user-agent': HUMAN }
const port = () => (app.server.address() as { port: number }).port

function route(): void {
  app.get('/add', async request => {
    request.session.data.n = Number(request.session.data.n ?? 0) + 1
    return { n: request.session.data.n }
  })
}

describe('latchkey/fastify', () => {
  test('works with inject, and for plugins beside it', async () => {
    await register()
    await app.register(async inner => {
      inner.get('/inner', async request => request.session.data)
    })
    route()
    const first = await app.inject({ url: '/add', headers })
    const [cookie] = first.cookies
    expect(cookie).toMatchObject({ name: 'connect.sid', httpOnly: true, path: '/' })
    const cookies = { 'connect.sid': cookie?.value ?? '' }
    const second = await app.inject({ url: '/add', headers, cookies })
    expect(second.json()).toEqual({ n: 2 })
    expect((await app.inject({ url: '/inner', headers, cookies })).json()).toEqual({ n: 2 })
    expect(watched.sessions.counts.holding).toBe(0)
  })

  test.each(['inject', 'a connection'])(
    'a hijacked reply stores its session with its end, over %s',
    async how => {
      await register()
      route()
      app.get('/hijacked', (request, reply) => {
        request.session.data.n = Number(request.session.data.n ?? 0) + 1
        reply.hijack()
        reply.raw.write('raw ')
        reply.raw.end('answer')
      })
      await app.listen({ port: 0, host: '127.0.0.1' })
      const get = async (url: string, cookie?: string) => {
        if (how !== 'inject') return ask(port(), url, { headers, cookie })
        return answerOf(await app.inject({ url, headers: { ...headers, ...(cookie && { cookie }) } }))
      }
      const begun = await get('/hijacked')
      expect(begun.text).toBe('raw answer')
      const cookie = cookieOf(begun) ?? ''
      await eventually(() => watched.sessions.counts.holding === 0)
      expect(JSON.parse((await get('/add', cookie)).text)).toEqual({ n: 2 })
      await get('/hijacked', cookie)
      expect(JSON.parse((await get('/add', cookie)).text)).toEqual({ n: 4 })
      expect(watched.sessions.counts.holding).toBe(0)
    },
  )

  test('a hijacked reply whose client goes away leaves no lock', async () => {
    await register()
    route()
    app.get('/events', (_request, reply) => {
      reply.hijack()
      reply.raw.writeHead(200).write('data: 1\n\n')
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const cookie = cookieOf(await ask(port(), '/add', { headers })) ?? ''
    const sent = request({
      port: port(),
      path: '/events',
      headers: { ...headers, cookie },
      agent: false,
    }).end()
    const [answer] = await once(sent, 'response')
    await once(answer, 'data')
    expect(watched.sessions.counts.holding).toBe(1)
    sent.destroy()
    expect(JSON.parse((await ask(port(), '/add', { headers, cookie })).text)).toEqual({ n: 2 })
  })

  test('the config of a route goes before the option `access`; a web socket only reads', async () => {
    await register({ access: () => 'optimistic' })
    const seen = (url: string, config: object) =>
      app.get(url, { config }, async request => ({ access: request.session?.access ?? 'none' }))
    seen('/option', {})
    seen('/readonly', { session: 'readonly' })
    seen('/none', { session: false })
    const accessOf = async (url: string, more = {}) =>
      (await app.inject({ url, headers: { ...headers, ...more } })).json().access
    expect(await accessOf('/option')).toBe('optimistic')
    expect(await accessOf('/readonly')).toBe('readonly')
    expect(await accessOf('/none')).toBe('none')
    const plain = Fastify()
    await plain.register(latchkey, { sessions: watched.sessions, secret: 's' })
    plain.get('/', async request => request.session.access)
    const upgrade = { connection: 'upgrade', upgrade: 'websocket' }
    expect((await plain.inject({ url: '/', headers: { ...headers, ...upgrade } })).body).toBe('readonly')
    expect((await plain.inject({ url: '/', headers })).body).toBe('exclusive')
    await plain.close()
  })

  test("an application's own error handler gets the SessionError as the cause", async () => {
    await register()
    route()
    app.setErrorHandler((error, _request, reply) => {
      const { cause } = error as { cause?: { code?: string } }
      reply.code(418).send(cause?.code)
    })
    const cookie = cookieOf(answerOf(await app.inject({ url: '/add', headers })))
    await watched.sessions.close({ grace: 0 })
    const answer = await app.inject({ url: '/add', headers: { ...headers, cookie } })
    expect([answer.statusCode, answer.body]).toEqual([418, 'CLOSED'])
  })

  test('leaves requests that no route answers as they are', async () => {
    await register()
    const statusOf = async (url: string) => (await app.inject({ url, headers })).statusCode
    expect(await statusOf('/nothing')).toBe(404)
    expect(await statusOf('/%zz')).toBe(400)
  })

  test('sets its cookie over HTTP/2, on a hijacked reply too', async () => {
    const http2 = Fastify({ http2: true })
    await http2.register(latchkey, { sessions: watched.sessions, secret: 's' })
    http2.get('/sends', async request => {
      request.session.data.n = 1
      return 'sent'
    })
    http2.get('/hijacks', (request, reply) => {
      request.session.data.n = 1
      reply.hijack()
      reply.raw.end('hijacked')
    })
    await http2.listen({ port: 0, host: '127.0.0.1' })
    const client = connect(`http://127.0.0.1:${(http2.server.address() as { port: number }).port}`)
    for (const path of ['/sends', '/hijacks']) {
      const stream = client.request({ ':path': path, ...headers })
      const [head] = (await once(stream, 'response')) as [IncomingHttpHeaders]
      expect([path, head['set-cookie']?.length]).toEqual([path, 1])
      stream.resume()
      await once(stream, 'close')
    }
    await eventually(() => watched.sessions.counts.holding === 0)
    client.close()
    await http2.close()
  })

  test.each([
    ['/reset/s3cret?x=1', 'GET shop.example/reset/:token'],
    ['/nowhere?x=1', 'GET shop.example/nowhere'],
  ])('others are told the pattern of a route, or the path where none fits: %s', async (url, told) => {
    await register()
    route()
    const holder = async ({ session }: FastifyRequest) =>
      (await watched.sessions.inspect(session.id))?.holder?.request ?? 'nobody'
    app.get('/reset/:token', holder)
    app.setNotFoundHandler(holder)
    const first = await app.inject({ url: '/add', headers })
    const cookies = { 'connect.sid': first.cookies[0]?.value ?? '' }
    const answer = await app.inject({ url, headers: { ...headers, host: 'shop.example' }, cookies })
    expect(answer.body).toBe(told)
  })

  test('says at start which option is missing', async () => {
    await expect(async () => register({ secret: '' })).rejects.toThrow('secret: expected')
  })
})

function answerOf({ statusCode, headers, body }: LightMyRequestResponse): Answer {
  const set = headers['set-cookie']
  return { status: statusCode, headers: { 'set-cookie': typeof set === 'string' ? [set] : set }, text: body }
}
