import { Redis, type RedisOptions } from 'ioredis'
import { addressOf } from './disconnect.ts'
import { Subscriber } from './subscriber.ts'

/**
 * Takes the client off a former master as soon as one of the sentinels announces the new one; from the client's first connection
 * until it ends.
 *
 * ioredis has a `failoverDetector`. A connection of it that is not answered in time once stays deaf, or is silent for a minute; those
 * of a client that ended by itself stay open and keep the process alive; and it writes their errors to the console.
 *
 * @param name of the master
 * @param sentinels how each is reached, once and without retries
 */
export function watchFailovers(client: Redis, name: string, sentinels: readonly RedisOptions[]): void {
  let watch: Subscriber[] = []
  /** The master that was announced while the client was not connected, and may have been on its way to the former one. */
  let announced: string | undefined
  const move = (master: string) => {
    announced = client.status === 'ready' ? undefined : master
    if (!announced && addressOf(client) !== master) client.disconnect(true)
  }
  const hear = (message: Buffer) => {
    const [of, , , host, port] = message.toString().split(' ')
    if (of === name) move(`${host}:${port}`)
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
