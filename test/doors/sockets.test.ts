// The guide for sockets, as docs/sockets.md has it, with the real Socket.IO on a real Redis.
import { readFileSync } from 'node:fs'
import { createServer, type Server as HttpServer, type IncomingMessage } from 'node:http'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import express from 'express'
import { Server } from 'socket.io'
import { io as connect, type Socket } from 'socket.io-client'
import { storeUnavailable } from '../../src/errors.ts'
import { session } from '../../src/express/index.ts'
import { ask, cookieOf, listen } from '../support/http.ts'
import { ownRedis } from '../support/own-redis.ts'
import { eventually, HUMAN, type Watched } from '../support/sessions.ts'
import { idIn } from './framework.ts'

const GUIDE = readFileSync(new URL('../../docs/sockets.md', import.meta.url), 'utf8')
const CODE = /```js\n(.*?)```/s.exec(GUIDE)?.[1]?.replace(/^import .*\n/gm, '') ?? ''
const guide = new Function(
  ...['createServer', 'express', 'createSessions', 'session', 'Server'],
  `${CODE}; return { app, server, io }`,
)

const redis = ownRedis()
let watched: Watched
let built: { server: HttpServer; io: Server }
let port: number
let polling: Set<IncomingMessage>
const clients: Socket[] = []

beforeEach(async () => {
  watched = await redis.watched()
  built = guide(createServer, express, () => watched.sessions, session, Server)
  port = await listen(built.server)
  polling = new Set()
  built.server.prependListener('request', (req, res) => {
    if (req.method !== 'GET' || !req.url?.startsWith('/socket.io/')) return
    polling.add(req)
    res.once('close', () => polling.delete(req))
  })
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect()
  await built.io.close()
  await watched.sessions.close({ grace: 0 })
})

const headers = { 'user-agent': HUMAN }
const cart = async (cookie: string) => JSON.parse((await ask(port, '/cart', { cookie, headers })).text)

async function visitor(): Promise<string> {
  const cookie = cookieOf(await ask(port, '/cart', { method: 'POST', headers }))
  if (!cookie) throw new Error('no cookie came')
  return cookie
}

function client(cookie: string, transports: string[]): Socket {
  const socket = connect(`http://127.0.0.1:${port}`, {
    transports,
    extraHeaders: { cookie, ...headers },
    forceNew: true,
    reconnection: false,
  })
  clients.push(socket)
  return socket
}

const once = (socket: { once(event: string, heard: (...args: never[]) => void): unknown }, event: string) =>
  new Promise<unknown>(resolve => socket.once(event, resolve as never))

describe('Socket.IO over engine.use(session)', () => {
  test('holds no lock while it polls, and pages go on', async () => {
    const cookie = await visitor()
    const socket = client(cookie, ['polling'])
    await once(socket, 'connect')
    await eventually(() => polling.size === 1)
    expect((await watched.sessions.inspect(idIn(cookie)))?.holder).toBeUndefined()
    expect(watched.sessions.counts).toMatchObject({ holding: 0, waiting: 0 })
    expect(await cart(cookie)).toEqual(['book'])
    expect(polling.size).toBe(1)
  })

  test.each([[['polling']], [['websocket']]])(
    'changes the session from a handler, by %j',
    async transports => {
      const cookie = await visitor()
      const socket = client(cookie, transports)
      await once(socket, 'connect')
      expect(await socket.emitWithAck('add', 'tea')).toBe(true)
      expect(await cart(cookie)).toEqual(['book', 'tea'])
    },
  )

  test('goes on as a web socket after the upgrade, and loses nothing beside the pages', async () => {
    const cookie = await visitor()
    const socket = client(cookie, ['polling', 'websocket'])
    await once(socket, 'connect')
    if (socket.io.engine.transport.name !== 'websocket') await once(socket.io.engine as never, 'upgrade')
    expect(socket.io.engine.transport.name).toBe('websocket')
    const items = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    const added = items.map(item => socket.emitWithAck('add', item))
    expect(await Promise.all([...added, ...items.map(() => cart(cookie).then(() => true))])).not.toContain(
      false,
    )
    expect((await cart(cookie)).sort()).toEqual([...items, 'book'].sort())
    expect(watched.sessions.counts).toMatchObject({ holding: 0, waiting: 0 })
  })

  test('after a logout it changes nothing', async () => {
    const cookie = await visitor()
    const socket = client(cookie, ['websocket'])
    await once(socket, 'connect')
    await watched.sessions.destroy(idIn(cookie))
    expect(await socket.emitWithAck('add', 'tea')).toBe(false)
    expect(await cart(cookie)).toEqual([])
  })

  test.each([[['polling']], [['websocket']]])('is refused by %j while Redis is away', async transports => {
    const cookie = await visitor()
    const away = jest.spyOn(watched.sessions, 'open').mockRejectedValue(storeUnavailable('it is away'))
    const refused = once(client(cookie, transports), 'connect_error')
    expect(await refused).toBeInstanceOf(Error)
    away.mockRestore()
    const socket = client(cookie, transports)
    await once(socket, 'connect')
    expect(socket.connected).toBe(true)
  })
})
