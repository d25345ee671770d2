import type { Redis } from 'ioredis'
import { addressOf, disconnect } from './disconnect.ts'

/**
 * Hears one channel at one server, and hears it again after every break.
 *
 * ioredis would subscribe again by itself, but tells nobody when that fails, and believes a connection that is long dead
 * for as long as it is silent.
 */
export class Subscriber {
  readonly #connect: () => Redis
  readonly #channel: string
  readonly #message: (message: Buffer) => void
  readonly #heardAgain: () => void
  readonly #isElsewhere: (redis: Redis) => boolean
  #redis: Redis | undefined
  #closed = false

  /** @param isElsewhere a connection to a server where nothing will be told: it is given up, and made again */
  constructor(
    connect: () => Redis,
    channel: string,
    message: (message: Buffer) => void,
    heardAgain: () => void,
    isElsewhere: (redis: Redis) => boolean = () => false,
  ) {
    this.#connect = connect
    this.#channel = channel
    this.#message = message
    this.#heardAgain = heardAgain
    this.#isElsewhere = isElsewhere
  }

  /** Resolves once the channel is heard, and rejects if it cannot be now; either way it goes on trying until it is closed. */
  async open(): Promise<void> {
    const first = this.#hear()
    void this.#keep(first)
    await first
  }

  /** Connects anew, unless it is connected to this server. A former master may never say that it is none. */
  follow(address: string): void {
    const redis = this.#redis
    if (redis?.status === 'ready' && addressOf(redis) !== address) redis.stream.destroy()
  }

  close(): void {
    this.#closed = true
    if (this.#redis) disconnect(this.#redis)
  }

  async #keep(first: Promise<Heard>): Promise<void> {
    let pause = SHORTEST_PAUSE_MS
    for (let next = first; ; next = this.#hear()) {
      try {
        const { ended } = await next
        if (next !== first) this.#heardAgain()
        pause = SHORTEST_PAUSE_MS
        await ended
      } catch {
        // The connection that sends commands meets the same trouble and reports it.
      }
      if (this.#closed) return
      await new Promise(resolve => setTimeout(resolve, pause).unref())
      if (this.#closed) return
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
    }
  }

  async #hear(): Promise<Heard> {
    const redis = this.#connect()
    this.#redis = redis
    let why: Error | undefined
    redis.on('error', (error: Error) => {
      why = error
    })
    redis.on('messageBuffer', (_channel: Buffer, message: Buffer) => this.#message(message))
    const ended = new Promise<void>(resolve => redis.once('end', () => resolve()))
    try {
      await redis.connect()
      await redis.subscribe(this.#channel)
      if (this.#isElsewhere(redis)) throw new Error('connected to another server than the commands')
    } catch (error) {
      disconnect(redis)
      throw why ?? error
    }
    const pulse = setInterval(() => redis.ping().catch(() => redis.disconnect()), PULSE_MS).unref()
    void ended.then(() => clearInterval(pulse))
    return { ended }
  }
}

interface Heard {
  ended: Promise<void>
}

const SHORTEST_PAUSE_MS = 25
const LONGEST_PAUSE_MS = 1000
// As long as a waiter counts as alive without a look.
const PULSE_MS = 5000
