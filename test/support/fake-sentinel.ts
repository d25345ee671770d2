import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** A sentinel that names and announces the master that a test wants, and falls silent when the test wants it. */
export interface FakeSentinel {
  readonly port: number
  /** The port of the master that it names. */
  master: number
  /** Connections that are open. */
  readonly connections: number
  /** Connections that hear what it announces. */
  readonly listeners: number
  /** While true, a new connection is accepted and never answered. */
  silent: boolean
  /** Called when it has named the master. */
  named: () => void
  /** Resolves when the next connection that was not answered has been given up by its client. */
  givenUp(): Promise<void>
  /** Tells those who listen that `master` follows `old`. */
  announce(old: number): void
  stop(): Promise<void>
}

export async function startFakeSentinel(name: string, master: number): Promise<FakeSentinel> {
  const sockets = new Set<Socket>()
  const listeners = new Set<Socket>()
  const givenUp: (() => void)[] = []
  const server = createServer(socket => {
    sockets.add(socket)
    const { silent } = sentinel
    let said = ''
    socket.on('error', () => {})
    socket.on('data', bytes => {
      if (silent) return
      said += bytes
      for (let next = command(said); next; next = command(said)) {
        said = said.slice(next.length)
        socket.write(answer(socket, next.words))
      }
    })
    socket.on('close', () => {
      sockets.delete(socket)
      listeners.delete(socket)
      if (silent) for (const resolve of givenUp.splice(0)) resolve()
    })
  })
  const answer = (socket: Socket, [verb = '', second = '']: string[]): string => {
    if (/^hello$/i.test(verb)) return "-ERR unknown command 'HELLO'\r\n"
    if (/^ping$/i.test(verb)) return bulks('pong', '')
    if (/^subscribe$/i.test(verb)) {
      listeners.add(socket)
      return `*3\r\n${bulk('subscribe')}${bulk(second)}:1\r\n`
    }
    if (!/^sentinel$/i.test(verb)) return '+OK\r\n'
    if (!/^get-master/i.test(second)) return '*0\r\n'
    setImmediate(() => sentinel.named())
    return bulks('127.0.0.1', String(sentinel.master))
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const sentinel: FakeSentinel = {
    port: (server.address() as AddressInfo).port,
    master,
    silent: false,
    named() {},
    get connections() {
      return sockets.size
    },
    get listeners() {
      return listeners.size
    },
    givenUp: () => new Promise(resolve => givenUp.push(resolve)),
    announce(old) {
      const message = `${name} 127.0.0.1 ${old} 127.0.0.1 ${sentinel.master}`
      for (const socket of listeners) socket.write(bulks('message', '+switch-master', message))
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
  return sentinel
}

const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`
const bulks = (...texts: string[]) => `*${texts.length}\r\n${texts.map(bulk).join('')}`

/** The first command of what a client has said, once it is complete. Its words are of ASCII. */
function command(said: string): { words: string[]; length: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(said)
  if (!head) return undefined
  const words: string[] = []
  let length = head[0].length
  for (let left = Number(head[1]); left > 0; left -= 1) {
    const size = /^\$(\d+)\r\n/.exec(said.slice(length))
    if (!size) return undefined
    const begins = length + size[0].length
    length = begins + Number(size[1]) + 2
    if (said.length < length) return undefined
    words.push(said.slice(begins, length - 2))
  }
  return { words, length }
}
