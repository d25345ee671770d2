import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { TRANSITIONS, type Transition, transitionText } from '../../src/redis/scripts.ts'
import { namesWakes, wokenBy } from './layout.ts'

export type Moment = 'before-command' | 'before-reply'

interface Ends {
  client: Socket
  redis: Socket
  /** The connection on which wake-ups come. */
  wakes: boolean
  /** The next bytes from Redis do not arrive. */
  cutsReply: boolean
}

/** The wire of one process to Redis, which can be cut at a chosen moment, and lose wake-ups. */
export class Wire {
  readonly path: string
  readonly #server: Server
  readonly #ends = new Set<Ends>()
  #armed: { moment: Moment; digest: Buffer; cut: () => void } | undefined
  /** Hears the token of every wake-up; where it answers false, the wake-up is lost. */
  onWake: ((token: string) => boolean) | undefined

  constructor(path: string, to: string) {
    this.path = path
    this.#server = createServer(client => this.#join(client, connect(to))).listen(path)
  }

  async open(): Promise<this> {
    if (!this.#server.listening) await once(this.#server, 'listening')
    return this
  }

  /** The connection ends the next time this transition is sent. Resolves when it did, or did not in time. */
  cutAt(moment: Moment, transition: Transition, ms: number): Promise<boolean> {
    return new Promise(resolve => {
      const timer = setTimeout(() => {
        this.#armed = undefined
        resolve(false)
      }, ms)
      const cut = () => {
        clearTimeout(timer)
        resolve(true)
      }
      this.#armed = { moment, digest: DIGESTS[transition], cut }
    })
  }

  cut(which: 'wakes' | 'all'): void {
    for (const ends of [...this.#ends]) if (which === 'all' || ends.wakes) end(ends)
  }

  close(): void {
    this.cut('all')
    this.#server.close()
  }

  #join(client: Socket, redis: Socket): void {
    const ends: Ends = { client, redis, wakes: false, cutsReply: false }
    this.#ends.add(ends)
    for (const socket of [client, redis]) {
      socket.on('error', () => end(ends))
      socket.on('close', () => {
        this.#ends.delete(ends)
        end(ends)
      })
    }
    client.on('data', (bytes: Buffer) => this.#command(ends, bytes))
    redis.on('data', (bytes: Buffer) => this.#reply(ends, bytes))
  }

  #command(ends: Ends, bytes: Buffer): void {
    ends.wakes ||= namesWakes(bytes)
    const armed = this.#armed
    if (armed && bytes.includes(armed.digest)) {
      this.#armed = undefined
      if (armed.moment === 'before-reply') ends.cutsReply = true
      else end(ends)
      armed.cut()
    }
    ends.redis.write(bytes)
  }

  #reply(ends: Ends, bytes: Buffer): void {
    if (ends.cutsReply) {
      end(ends)
      return
    }
    if (ends.wakes && this.onWake) {
      const token = wokenBy(bytes)
      if (token !== undefined && !this.onWake(token)) return
    }
    ends.client.write(bytes)
  }
}

function end({ client, redis }: Ends): void {
  client.destroy()
  redis.destroy()
}

const DIGESTS = Object.fromEntries(
  TRANSITIONS.map(name => [name, Buffer.from(createHash('sha1').update(transitionText(name)).digest('hex'))]),
) as Record<Transition, Buffer>
