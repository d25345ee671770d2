import type { Socket } from 'node:net'
import type { Redis } from 'ioredis'
import { handlerClosed, SessionError, scrubbed, withoutSecrets } from '../errors.ts'
import { disconnect, guardAsking, isCluster, refreshSlots } from './client.ts'
import type { Client } from './scripts.ts'

/**
 * Sends commands so that each is answered within `commandTimeout`, whatever Redis does.
 *
 *  1. A short break in the connection is waited out; in a long one a command fails at once, and none is queued.
 *  2. A command whose connection broke is sent again, with `again` set: every transition may run twice. So is one, without
 *     `again`, that this server may not carry out now, as it is a master no more or not yet.
 *  3. What comes out is a reply or a `SessionError`.
 */
export class Connection {
  readonly #client: Client
  readonly #server: string
  readonly #commandTimeout: number
  #downSince: number | undefined
  #lastError: Error | undefined
  readonly #changed: (up: boolean, cause?: Error) => void
  readonly #help: Help
  /** What the diagnosis found, until a connection is made. */
  #found: string | undefined
  /** `telling` while a diagnosis runs, of which the application is told. */
  #outage: 'none' | 'telling' | 'told' = 'none'
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
      if (this.#outage === 'told') changed(true)
      this.#outage = 'none'
      // What was reached once is set up right: later outages need no diagnosis.
      this.#wasReady = true
    })
    client.on('close', () => {
      this.#downSince ??= performance.now()
      this.#down()
    })
  }

  #down(): void {
    if (this.#outage !== 'none' || this.#closed) return
    const cause = this.#lastError
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
          throw error instanceof SessionError ? error : this.#explain(error, mayHaveRun)
        })
      }
      try {
        if (this.#unanswered > 0) this.#together()
        this.#unanswered += 1
        const reply = command(this.#client, again)
        // A single connection bounds each command; a cluster's client may send one to many nodes in turn.
        return await (again || isCluster(this.#client) ? within(reply, left()) : reply)
      } catch (error) {
        if (isCluster(this.#client) && (isConnectionLost(error) || isLate(error))) refreshSlots(this.#client)
        const lost = isConnectionLost(error)
        mayHaveRun ||= !isCertainlyNot(error)
        if (!(lost || isRefusedForNow(error)) || left() <= pause) {
          const explained = this.#explain(error, mayHaveRun)
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

  /** The message is for visitors too; the cause says where and why, for the log. */
  #explain(error: unknown, mayHaveHappened: boolean): SessionError {
    if (error instanceof SessionError) return error
    const found = withFinding(scrubbed(messageOf(error)).replace(/\.$/, ''), this.#found)
    // "Connection refused" alone would say that nothing was sent.
    const reason =
      mayHaveHappened && found !== '' && isCertainlyNot(error)
        ? `the connection broke after the command was sent, and there is no new one: ${found}`
        : found
    const cause = withoutSecrets(error)
    const because = (why: string) => new Error(why, cause ? { cause } : undefined)
    if (/^WRONGTYPE/.test(reason) || /WRONGTYPE Operation/.test(reason)) {
      const key = keyOf(error)
      const named =
        key === undefined ? 'The key of a session' : `The key ${this.#help.shownKey?.(key) ?? key}`
      return new SessionError(
        'RECORD_TYPE',
        `${named} holds something that is not a session. Another program uses this prefix: set the option prefix to one of your own.`,
        { cause },
      )
    }
    if (
      /NOPERM|can't run this command|ACL failure|NOAUTH|WRONGPASS|ERR unknown|ERR invalid (username|password)/i.test(
        reason,
      )
    ) {
      return new SessionError('STORE_REFUSED', 'The session store refuses this application.', {
        cause: because(`${this.#server} refuses the session handler: ${reason}`),
        mayHaveHappened,
        status: 503,
        retryAfter: 30,
      })
    }
    return new SessionError('STORE_UNAVAILABLE', 'The session store is not available; try again shortly.', {
      cause: because(`${this.#server} is not available${reason ? `: ${reason}` : ''}.`),
      mayHaveHappened,
      status: 503,
      retryAfter: 1,
    })
  }
}

/** What makes messages say more. */
interface Help {
  /** Finds out why the first connection cannot be made, where the client's error does not say it. */
  diagnose?: (() => Promise<string | undefined>) | undefined
  /** A key for messages; by default as it is. */
  shownKey?: ((key: string) => string) | undefined
}

/** The key of the command that failed, as ioredis hands it out with the error. */
function keyOf(error: unknown): string | undefined {
  const { name = '', args = [] } = (error as { command?: { name?: string; args?: unknown[] } }).command ?? {}
  const key = /^eval/i.test(name) ? args[2] : args[0]
  return typeof key === 'string' || Buffer.isBuffer(key) ? String(key) : undefined
}

/** The client's reason and what the diagnosis found. */
function withFinding(reason: string, found: string | undefined): string {
  return [reason.replace(/\.$/, ''), found].filter(Boolean).join(': ')
}

/** Whether a client's error says by itself why there is no connection. */
function saysWhy(error: Error | undefined): boolean {
  return /ECONNREFUSED|ENOENT|ENOTFOUND|EHOSTUNREACH|certificate|\b(NO|WRONG)[A-Z]+ /.test(messageOf(error))
}

/** It never left this process, or the server said no to it. */
function isCertainlyNot(error: unknown): boolean {
  return (
    isRefusedForNow(error) ||
    error === undefined ||
    /isn't writeable|ECONNREFUSED|ENOENT|ENOTFOUND|EHOSTUNREACH|NOPERM|NOAUTH|WRONGPASS|Failed to refresh slots cache/.test(
      messageOf(error),
    )
  )
}

/** Nothing ran. */
function isRefusedForNow(error: unknown): boolean {
  return /READONLY|^(LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN)|Cluster isn't ready/.test(messageOf(error))
}

function isLate(error: unknown): boolean {
  return messageOf(error) === LATE
}

function isConnectionLost(error: unknown): boolean {
  return (
    (error as Error).name === 'MaxRetriesPerRequestError' ||
    /Connection is closed|isn't writeable|ECONNRESET|EPIPE/.test(messageOf(error))
  )
}

/** Errors of node itself are no `Error` of ours where code runs in a context of its own, as in tests. */
function messageOf(error: unknown): string {
  return (error as Error | undefined)?.message ?? ''
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

/** As ioredis says it. */
const LATE = 'Command timed out'
const SHORTEST_PAUSE_MS = 10
