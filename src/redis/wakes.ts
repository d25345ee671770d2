import type { Redis } from 'ioredis'
import type { Client } from './scripts.ts'

/** One subscription for the whole process, opened when the first request has to wait. */
export class Wakes {
  readonly #client: Client
  readonly #channel: string
  #subscriber: Redis | undefined
  #listening: Promise<void> | undefined

  constructor(client: Client, channel: string) {
    this.#client = client
    this.#channel = channel
  }

  /**
   * Resolves once the channel is heard. Rejects if it cannot be; the next call tries again.
   * After every later reconnection `wake('')` says that messages may have been lost.
   */
  listen(nonce: string, wake: (token: string) => void): Promise<void> {
    this.#listening ??= this.#subscribe(nonce, wake).catch(error => {
      this.#listening = undefined
      this.close()
      throw error
    })
    return this.#listening
  }

  close(): void {
    this.#subscriber?.disconnect()
    this.#subscriber = undefined
  }

  async #subscribe(nonce: string, wake: (token: string) => void): Promise<void> {
    // A cluster's client duplicates itself whole and picks a node; what ioredis types say differs, what it does is alike.
    const subscriber = (this.#client as Redis).duplicate({
      lazyConnect: true,
      connectionName: 'latchkey-wakes',
    })
    this.#subscriber = subscriber
    subscriber.on('error', () => {}) // The command connection meets the same trouble and reports it.
    subscriber.on('message', (_channel: string, token: string) => wake(token))
    await subscriber.connect()
    await subscriber.subscribe(`${this.#channel}${nonce}`)
    subscriber.on('ready', () => wake(''))
  }
}
