import type { Cluster, Redis } from 'ioredis'
import { withoutSecrets } from '../errors.ts'
import type { Found } from '../store.ts'
import { isCluster } from './client.ts'
import { addressOf } from './disconnect.ts'
import { grantIn } from './record.ts'
import type { Client } from './scripts.ts'
import { Subscriber } from './subscriber.ts'

export type Wake = (token: string, granted?: Found) => void

/**
 * What this process is told, from the first request on that has to wait.
 *
 * In a cluster it listens at every master: a message reaches all nodes, but PUBLISH counts only those who listen at the node
 * that runs the script, and that count tells the living waiters from the dead.
 */
export class Wakes {
  readonly #client: Client
  readonly #channel: string
  readonly #subscribers = new Map<string, Subscriber>()
  /** The subscriber that told of a token first, and when; the others' repetitions are not passed on. */
  readonly #told = new Map<string, { subscriber: string; at: number }>()
  #listening: Promise<void> | undefined
  /** Ends what the client of the commands is listened to for. */
  #unhook: (() => void) | undefined

  constructor(client: Client, channel: string) {
    this.#client = client
    this.#channel = channel
  }

  /**
   * Resolves once the channel is heard. Rejects if it cannot be; the next call tries again.
   * After every later reconnection `wake('')` says that messages may have been lost.
   */
  listen(nonce: string, wake: Wake): Promise<void> {
    this.#listening ??= this.#listen(nonce, wake).catch(error => {
      this.#listening = undefined
      this.close()
      throw withoutSecrets(error) ?? error
    })
    return this.#listening
  }

  close(): void {
    this.#unhook?.()
    for (const subscriber of this.#subscribers.values()) subscriber.close()
    this.#subscribers.clear()
    this.#told.clear()
  }

  async #listen(nonce: string, wake: Wake): Promise<void> {
    const channel = `${this.#channel}${nonce}`
    const client = this.#client
    return isCluster(client)
      ? this.#listenAtAll(client, channel, wake)
      : this.#listenAtOne(client, channel, wake)
  }

  /** Where the commands go: who is not there counts as dead, and hears nothing from a former master that goes on answering. */
  #listenAtOne(client: Redis, channel: string, wake: Wake): Promise<void> {
    const opened = this.#open('', client, channel, wake)
    this.#hook('ready', () => this.#subscribers.get('')?.follow(addressOf(client)))
    return opened
  }

  async #listenAtAll(cluster: Cluster, channel: string, wake: Wake): Promise<void> {
    if (cluster.status === 'wait') await cluster.connect()
    const opened = await Promise.allSettled(this.#openMissing(cluster, channel, wake))
    const failed = opened.find(one => one.status === 'rejected')
    if (failed && opened.every(one => one.status === 'rejected')) throw failed.reason
    const refreshed = () => {
      // One that fails now goes on trying.
      for (const opening of this.#openMissing(cluster, channel, wake))
        opening.then(
          () => wake(''),
          () => {},
        )
    }
    this.#hook('refresh', refreshed)
    refreshed() // What came in between.
  }

  #hook(event: 'ready' | 'refresh', happens: () => void): void {
    this.#client.on(event, happens)
    this.#unhook = () => this.#client.off(event, happens)
  }

  /** A subscriber at each master, and none at a node that is a master no more. */
  #openMissing(cluster: Cluster, channel: string, wake: Wake): Promise<void>[] {
    const masters = new Map(
      cluster.nodes('master').map(node => [`${node.options.host}:${node.options.port}`, node]),
    )
    for (const [name, subscriber] of this.#subscribers) {
      if (masters.has(name)) continue
      subscriber.close()
      this.#subscribers.delete(name)
    }
    return [...masters]
      .filter(([name]) => !this.#subscribers.has(name))
      .map(([name, node]) => this.#open(name, node, channel, wake))
  }

  #open(name: string, server: Redis, channel: string, wake: Wake): Promise<void> {
    const connect = () =>
      server.duplicate({
        lazyConnect: true,
        connectionName: 'latchkey-wakes',
        retryStrategy: null,
        autoResubscribe: false,
        // It follows the client of the commands. One of ioredis would stay open when the connection breaks.
        failoverDetector: false,
        readOnly: false,
        commandTimeout: server.options.commandTimeout ?? ANSWER_MS,
        sentinelCommandTimeout: server.options.sentinelCommandTimeout ?? ANSWER_MS,
      })
    const message = (message: Buffer) => {
      const { token, granted } = grantIn(message)
      if (this.#isNews(name, token)) wake(token, granted)
    }
    // One sentinel may still name the former master. By other names than sentinels', one server may have several addresses.
    const isElsewhere = (redis: Redis) =>
      Boolean(server.options.sentinels) && server.status === 'ready' && addressOf(redis) !== addressOf(server)
    const subscriber = new Subscriber(connect, channel, message, () => wake(''), isElsewhere)
    this.#subscribers.set(name, subscriber)
    return subscriber.open()
  }

  #isNews(subscriber: string, token: string): boolean {
    const now = performance.now()
    for (const [old, { at }] of this.#told) {
      if (now - at < REPEATED_MS) break
      this.#told.delete(old)
    }
    const told = this.#told.get(token)
    if (told && told.subscriber !== subscriber) return false
    this.#told.delete(token)
    this.#told.set(token, { subscriber, at: now })
    return true
  }
}

/** A message that reaches one node reaches the others within milliseconds. */
const REPEATED_MS = 1000
/** For a client that was given and waits for ever. */
const ANSWER_MS = 1000
