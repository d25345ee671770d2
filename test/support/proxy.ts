import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A wire to Redis that can be cut at a chosen moment. */
export interface RedisProxy {
  readonly url: string
  /** The next bytes from a client never reach Redis: the connection ends instead. */
  cutBeforeCommand(): void
  /** The next bytes reach Redis, and its answer never comes back: the connection ends instead. */
  cutBeforeReply(): void
  /** Connections that come from now on get nowhere until what is returned is called. */
  holdOff(): () => void
  /** Resolves when a cut was made. */
  cut(): Promise<void>
  stop(): Promise<void>
}

export async function startProxy(to: string): Promise<RedisProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-proxy-'))
  const path = join(folder, 'proxy.sock')
  let next: 'command' | 'reply' | undefined
  let made: () => void = () => {}
  let whenCut = Promise.resolve()
  const arm = (what: 'command' | 'reply') => {
    next = what
    whenCut = new Promise(resolve => {
      made = resolve
    })
  }
  let admitted = Promise.resolve()
  const sockets = new Set<Socket>()
  const server = createServer(async client => {
    client.on('error', () => client.destroy())
    await admitted
    const redis = connect(to)
    const end = () => {
      client.destroy()
      redis.destroy()
    }
    for (const socket of [client, redis]) {
      sockets.add(socket)
      socket.on('error', end)
      socket.on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    const pass = (out: Socket, cuts: 'command' | 'reply') => (bytes: Buffer) => {
      if (next !== cuts) {
        out.write(bytes)
        return
      }
      next = undefined
      end()
      made()
    }
    client.on('data', pass(redis, 'command'))
    redis.on('data', pass(client, 'reply'))
  })
  server.listen(path)
  await once(server, 'listening')
  return {
    url: `unix://${path}`,
    cutBeforeCommand: () => arm('command'),
    cutBeforeReply: () => arm('reply'),
    holdOff() {
      let admit = () => {}
      admitted = new Promise(resolve => {
        admit = resolve
      })
      return admit
    },
    cut: () => whenCut,
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
