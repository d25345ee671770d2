import { Redis, type RedisOptions } from 'ioredis'
import { addressOf } from './disconnect.ts'
import { Subscriber } from './subscriber.ts'

/**
 * Takes a client off a former master as soon as one of the sentinels announces the new one; from the client's first connection
 * until it ends.
 *
 * ioredis has a `failoverDetector`. A connection of it that is not answered in time once stays deaf, or is silent for a minute; those
 * of a client that ended by itself stay open and keep the process alive; and it writes their errors to the console.
 */
export class FailoverWatch {
  readonly #name: string
  #latest: { former: string; master: Address; at: number } | undefined

  /** @param name of the master */
  constructor(name: string) {
    this.#name = name
  }

  /** For ioredis: the client asks any one of the sentinels, which may name the former master for a while after another's announcement. */
  readonly natMap = (named: string): Address | null => {
    const { former, master, at } = this.#latest ?? {}
    // A copy: ioredis adds the options of TLS to it.
    return master && named === former && performance.now() - Number(at) < STALE_MS ? { ...master } : null
  }

  /** @param sentinels how each is reached, once and without retries */
  begin(client: Redis, sentinels: readonly RedisOptions[]): void {
    let watch: Subscriber[] = []
    /** The master that was announced while the client was not connected, and may have been on its way to the former one. */
    let announced: string | undefined
    const move = (master: string) => {
      announced = client.status === 'ready' ? undefined : master
      // One that hangs would never answer a farewell.
      if (!announced && addressOf(client) !== master) client.stream.destroy()
    }
    const hear = (message: Buffer) => {
      const [of, formerHost, formerPort, host = '', port] = message.toString().split(' ')
      if (of !== this.#name) return
      const master = { host, port: Number(port) }
      this.#latest = { former: `${formerHost}:${formerPort}`, master, at: performance.now() }
      move(`${host}:${port}`)
    }
    client.on('ready', () => {
      if (announced) move(announced)
      if (watch.length > 0) return
      watch = sentinels.map(
        options =>
          new Subscriber(
            () => new Redis(options),
            '+switch-master',
            hear,
            () => {},
          ),
      )
      // One that does not answer now is tried again.
      for (const subscriber of watch) subscriber.open().catch(() => {})
    })
    client.on('end', () => {
      for (const subscriber of watch.splice(0)) subscriber.close()
    })
  }
}

interface Address {
  host: string
  port: number
}

/** Sentinels tell each other of a new master within two seconds. */
const STALE_MS = 10_000
