import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A wire to a TCP port that can be held, closed, or cut at a chosen moment. */
export interface Gate {
  readonly port: number
  /** Nothing passes in either direction until `open`; what was sent meanwhile is kept. */
  hold(): void
  /** Ends every connection, what was held with it, and refuses new ones until `open`. */
  close(): void
  open(): void
  /** Ends the connections whose client begins with such words, and refuses new ones; all others pass. None from now on, without `whom`. */
  refuse(whom?: (said: Buffer) => boolean): void
  /** The next command with this word in it is carried out, and its connection ends before the answer is back. */
  cutAfter(word: string): Promise<void>
  stop(): Promise<void>
}

/** As many bytes of a client say who it is. */
const INTRODUCTION = 4096

export async function startGate(to: number, at = 0): Promise<Gate> {
  let state: 'open' | 'held' | 'closed' = 'open'
  let refused: ((said: Buffer) => boolean) | undefined
  const introductions = new Map<Socket, Buffer>()
  let cut: { word: string; made: () => void } | undefined
  const pairs = new Set<[Socket, Socket]>()
  const server = createServer(client => {
    if (state === 'closed') return void client.destroy()
    const target = connect(to, '127.0.0.1')
    const pair: [Socket, Socket] = [client, target]
    pairs.add(pair)
    let armed: (() => void) | undefined
    const end = () => {
      pairs.delete(pair)
      introductions.delete(client)
      for (const socket of pair) socket.destroy()
    }
    for (const socket of pair) socket.on('error', end).on('close', end).setNoDelay(true)
    client.on('data', (bytes: Buffer) => {
      const said = introductions.get(client) ?? Buffer.alloc(0)
      if (said.length < INTRODUCTION) introductions.set(client, Buffer.concat([said, bytes]))
      if (refused?.(introductions.get(client) as Buffer)) return end()
      if (cut && bytes.includes(cut.word)) {
        armed = cut.made
        cut = undefined
      }
      target.write(bytes)
    })
    target.on('data', (bytes: Buffer) => {
      if (!armed) return void client.write(bytes)
      end()
      armed()
    })
    if (state === 'held') for (const socket of pair) socket.pause()
  })
  server.listen(at, '127.0.0.1')
  await once(server, 'listening')
  const end = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    hold() {
      state = 'held'
      for (const pair of pairs) for (const socket of pair) socket.pause()
    },
    close() {
      state = 'closed'
      end()
    },
    open() {
      state = 'open'
      for (const pair of pairs) for (const socket of pair) socket.resume()
    },
    cutAfter: word =>
      new Promise(resolve => {
        cut = { word, made: resolve }
      }),
    refuse(whom) {
      refused = whom
      for (const pair of pairs) {
        if (whom?.(introductions.get(pair[0]) ?? Buffer.alloc(0))) for (const socket of pair) socket.destroy()
      }
    },
    async stop() {
      end()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
