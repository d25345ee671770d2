// A process of its own that opens sessions when told to; `Worker` in worker-client.ts is its other end.
import { once } from 'node:events'
import type { Cluster, ClusterNode, ClusterOptions } from 'ioredis'
import { createSessions, type OptionsInput, type Session, type SessionEvent } from '../../src/index.ts'

export interface WorkerCalls {
  open(
    handle: string,
    id: string,
    access?: 'exclusive' | 'readonly' | 'optimistic',
  ): { data: object; locked: boolean }
  commit(handle: string, change: object, keep?: boolean): unknown
  release(handle: string): void
  /** Opens, adds one to `n`, commits; `times` over, at `concurrency`. Answers how many were written. */
  increment(id: string, times: number, concurrency: number): { written: number; refused: string[] }
  destroy(id: string): boolean
  /** Stops the event loop. */
  block(ms: number): void
  events(): SessionEvent[]
  close(): void
}

const options = JSON.parse(process.argv[2] ?? '{}') as OptionsInput
const client = await clusterOf(process.argv[3])
const events: SessionEvent[] = []
const sessions = await createSessions(
  { logLevel: 'silent', ...options },
  { onEvent: event => void events.push(event), ...(client ? { client } : {}) },
)
const open = new Map<string, Session>()

/** A user's own client, made of this copy of ioredis, that has connected before it is given to the sessions. */
async function clusterOf(copy: string | undefined): Promise<Cluster | undefined> {
  if (!copy) return undefined
  const { cluster, password } = options.redis as { cluster: { nodes: ClusterNode[] }; password: string }
  const settings: ClusterOptions = {
    enableOfflineQueue: false,
    retryDelayOnFailover: 0,
    redisOptions: { password, commandTimeout: 400, maxRetriesPerRequest: 0 },
  }
  const ioredis = (await import(copy)) as typeof import('ioredis')
  const own = new ioredis.Cluster(cluster.nodes, settings)
  await once(own, 'ready')
  return own
}

function opened(handle: string): Session {
  const session = open.get(handle)
  if (!session) throw new Error(`no session ${handle} here`)
  return session
}

async function incrementOnce(id: string): Promise<string | undefined> {
  const session = await sessions.open(id, { request: 'POST shop.example/increment' })
  session.data.n = ((session.data.n as number | undefined) ?? 0) + 1
  const outcome = await session.commit()
  return outcome.written ? undefined : outcome.reason
}

const calls: { [Name in keyof WorkerCalls]: (...args: Parameters<WorkerCalls[Name]>) => unknown } = {
  async open(handle, id, access) {
    const session = await sessions.open(id, {
      request: `GET shop.example/${handle}`,
      ...(access ? { access } : {}),
    })
    open.set(handle, session)
    return { data: session.data, locked: session.locked }
  },
  commit(handle, change, keep = false) {
    const session = opened(handle)
    Object.assign(session.data, change)
    return session.commit({ keep })
  },
  release: handle => opened(handle).release(),
  async increment(id, times, concurrency) {
    let left = times
    const refused: string[] = []
    const lane = async () => {
      while (left-- > 0) {
        const why = await incrementOnce(id)
        if (why) refused.push(why)
      }
    }
    await Promise.all(Array.from({ length: concurrency }, lane))
    return { written: times - refused.length, refused }
  },
  destroy: id => sessions.destroy(id),
  block(ms) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
  },
  events: () => events,
  async close() {
    await sessions.close({ grace: 0 })
    process.disconnect()
  },
}

process.on(
  'message',
  async ({ seq, name, args }: { seq: number; name: keyof WorkerCalls; args: never[] }) => {
    const call = calls[name] as (...args: never[]) => unknown
    try {
      process.send?.({ seq, value: await call(...args) })
    } catch (error) {
      const { message, code } = error as { message: string; code?: string }
      process.send?.({ seq, error: { message, code } })
    }
  },
)
process.send?.('ready')
