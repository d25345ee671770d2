import type { Socket } from 'node:net'
import type { Redis } from 'ioredis'
import { handlerClosed, type SessionError, withoutSecrets } from '../errors.ts'
import { guardAsking, isCluster, refreshSlots } from './client.ts'
import { disconnect } from './disconnect.ts'
import {
  explain, isCertainlyNot, isConnectionLost, isLate, isRefusedForNow, LATE, messageOf, saysWhy, withFinding,
} from './explain.ts' // biome-ignore format: one glance
import type { Client } from './scripts.ts'

/**
 * Sends commands so that each is answered within `commandTimeout`, whatever Redis does.
 *
 *  1. A short break in the connection is waited out; in a long one a command fails at once, and none is queued.
 *  2. A command whose connection broke is sent again, with `again` set: every transition may run twice. So is one, without
 *     `again`, that this server may not carry out now, as it is a master no more or not yet.
 *  3. What comes out is a reply or a `SessionError`.
 *  4. An outage is told once when it begins and once when it ends: the connection closed, or a command failed on one that is
 *     there, because the server hangs or cannot serve now.
 */
export class Connection {
  readonly #client: Client
  readonly #server: string
  readonly #commandTimeout: number
  /** A cluster's client may send a command to many nodes in turn, and one that was given may wait for ever. */
  readonly #boundsCommands: boolean
  #downSince: number | undefined
  #lastError: Error | undefined
  readonly #changed: (up: boolean, cause?: Error) => void
  readonly #help: Help
  /** What the diagnosis found, until a connection is made. */
  #found: string | undefined
  /** `telling` while a diagnosis runs, of which the application is told. */
  #outage: 'none' | 'telling' | 'told' = 'none'
  /** Monotonic ms when a command failed last in an outage that may be of one node of many. */
  #failedAt = 0
  #opening: Promise<void> | undefined
  #closed = false
  #wasReady = false
  #unanswered = 0

  constructor(
    client: Client,
    server: string,
    commandTimeout: number,
    changed: (up: boolean, cause?: Error) => void,
    help: Help = {},
  ) {
    this.#client = client
    this.#server = server
    this.#commandTimeout = commandTimeout
    this.#changed = changed
    this.#help = help
    this.#boundsCommands = !isCluster(client) && typeof client.options?.commandTimeout === 'number'
    guardAsking(client)
    client.on('error', (error: Error) => {
      this.#lastError = withoutSecrets(error)
      // Where no sentinel answers there is no connection that could close.
      if (/^All sentinels are unreachable/.test(messageOf(error))) this.#down()
    })
    client.on('ready', () => {
      this.#downSince = undefined
      this.#lastError = undefined
      this.#found = undefined
      this.#up()
      // What was reached once is set up right: later outages need no diagnosis.
      this.#wasReady = true
    })
    client.on('close', () => {
      this.#downSince ??= performance.now()
      this.#down()
    })
  }

  #up(): void {
    if (this.#outage === 'told') this.#changed(true)
    this.#outage = 'none'
  }

  /** A command was not answered, or not carried out. A connection that has closed says so itself. */
  #failed(error: unknown): void {
    this.#failedAt = performance.now()
    if (this.#client.status === 'ready') this.#down(withoutSecrets(error))
  }

  /** Of a cluster, one node may answer while another does not. */
  #answered(): void {
    if (this.#client.status === 'ready' && performance.now() - this.#failedAt > QUIET_MS) this.#up()
  }

  #down(cause = this.#lastError): void {
    if (this.#outage !== 'none' || this.#closed) return
    const tell = (found?: string) => {
      this.#outage = 'told'
      this.#changed(false, found === undefined ? cause : new Error(withFinding(messageOf(cause), found)))
    }
    const { diagnose } = this.#help
    if (this.#wasReady || !diagnose || saysWhy(cause)) {
      tell()
      return
    }
    this.#outage = 'telling'
    const finding = diagnose().catch(() => undefined)
    finding.then(found => {
      if (this.#outage !== 'telling' || this.#closed) return
      this.#found = found
      tell(found)
    })
  }

  /** @param refused may say better than Redis why a command was refused, by rejecting */
  async send<T>(
    command: (client: Client, again: boolean) => Promise<T>,
    refused?: () => Promise<void>,
  ): Promise<T> {
    const started = performance.now()
    const left = () => this.#commandTimeout - (performance.now() - started)
    let again = false
    let mayHaveRun = false
    for (let pause = SHORTEST_PAUSE_MS; ; pause *= 2) {
      if (this.#client.status !== 'ready') {
        await this.#ready(left()).catch(error => {
          throw this.#explained(error, mayHaveRun)
        })
      }
      try {
        if (this.#unanswered > 0) this.#together()
        this.#unanswered += 1
        const reply = command(this.#client, again)
        const answer = await (again || !this.#boundsCommands ? within(reply, left()) : reply)
        if (this.#outage === 'told') this.#answered()
        return answer
      } catch (error) {
        if (isCluster(this.#client) && (isConnectionLost(error) || isLate(error))) refreshSlots(this.#client)
        const lost = isConnectionLost(error)
        mayHaveRun ||= !isCertainlyNot(error)
        if (!(lost || isRefusedForNow(error)) || left() <= pause) {
          const explained = this.#explained(error, mayHaveRun)
          if (explained.code === 'STORE_UNAVAILABLE') this.#failed(error)
          if (explained.code === 'STORE_REFUSED') await refused?.()
          throw explained
        }
        again ||= lost
      } finally {
        this.#unanswered -= 1
      }
      await new Promise(resolve => setTimeout(resolve, pause))
    }
  }

  /** As `send`, for a person who has time: where no connection was made yet, the error says what the diagnosis finds. */
  async ask<T>(command: (client: Client) => Promise<T>, refused?: () => Promise<void>): Promise<T> {
    try {
      return await this.send(command, refused)
    } catch (error) {
      const { diagnose } = this.#help
      const known = this.#wasReady || this.#closed || this.#found !== undefined || saysWhy(this.#lastError)
      if (known || !diagnose || (error as SessionError).code !== 'STORE_UNAVAILABLE') throw error
      this.#found = await diagnose().catch(() => undefined)
      throw this.#explained(this.#lastError, (error as SessionError).mayHaveHappened)
    }
  }

  /** What is sent in one turn of the event loop goes out in one system call; alone it would only go out later. */
  #together(): void {
    const stream = (this.#client as Partial<Redis>).stream as Socket | undefined
    if (!stream || stream.writableCorked > 0) return
    stream.cork()
    setImmediate(() => stream.uncork())
  }

  async close(): Promise<void> {
    // ioredis would wait for two seconds for a connection to end that has ended.
    if (this.#closed) return
    this.#closed = true
    disconnect(this.#client)
  }

  #ready(within: number): Promise<void> {
    if (this.#closed) return Promise.reject(handlerClosed())
    if (this.#client.status === 'wait' || this.#client.status === 'end')
      this.#client.connect().catch(() => {})
    this.#downSince ??= performance.now()
    const left = Math.min(within, this.#commandTimeout - (performance.now() - this.#downSince))
    this.#opening ??= this.#opened(left).finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  #opened(within: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const ready = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(
        () => {
          this.#client.off('ready', ready)
          reject(this.#lastError)
        },
        Math.max(within, 0),
      )
      this.#client.once('ready', ready)
    })
  }

  #explained(error: unknown, mayHaveHappened: boolean): SessionError {
    const { shownKey } = this.#help
    return explain(error, mayHaveHappened, { server: this.#server, finding: this.#found, shownKey })
  }
}

/** What makes messages say more. */
interface Help {
  /** Finds out why the first connection cannot be made, where the client's error does not say it. */
  diagnose?: (() => Promise<string | undefined>) | undefined
  /** A key for messages; by default as it is. */
  shownKey?: ((key: string) => string) | undefined
}

async function within<T>(reply: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(LATE)), Math.max(ms, 0))
  })
  try {
    return await Promise.race([reply, late])
  } finally {
    clearTimeout(timer)
  }
}

const SHORTEST_PAUSE_MS = 10
/** So long without a failure, and an outage is over. */
const QUIET_MS = 1000
