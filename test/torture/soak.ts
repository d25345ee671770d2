import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Redis } from 'ioredis'
import { createSessions, type Data, type Sessions } from '../../src/index.ts'
import { startRedis } from '../support/redis-server.ts'
import { queuesAt } from './layout.ts'
import { Random } from './random.ts'

/** What a process and its Redis hold when nothing is going on. */
export interface Held {
  requests: number
  /** Timers, sockets and the like that keep the process alive. */
  resources: Record<string, number>
  holding: number
  waiting: number
  /** Listeners of the process. */
  listeners: number
  heapMb: number
  redisMb: number
  keys: number
  redisClients: number
  channels: number
}

export interface SoakOptions {
  /** Ends after so many requests, or after this time. */
  requests?: number
  ms?: number
  signal?: AbortSignal
  tell?: (text: string) => void
}

const LANES = 64
const SESSIONS = 200
const WARM_UP = 5000

/** Requests of all kinds at full speed in one process, and what is held after some and after all of them. */
export async function soak({
  requests = Number.POSITIVE_INFINITY,
  ms,
  signal,
  tell,
}: SoakOptions): Promise<Held[]> {
  const redis = await startRedis()
  const admin = new Redis({ path: redis.path })
  const sessions = await createSessions({
    redis: { url: redis.url },
    naming: 'plain',
    maxConcurrency: 0,
    logLevel: 'silent',
  })
  const ids = Array.from({ length: SESSIONS }, (_, i) => `soaked-session-${String(i).padStart(4, '0')}`)
  const end = performance.now() + (ms ?? Number.POSITIVE_INFINITY)
  const goesOn = () => performance.now() < end && !signal?.aborted
  const held: Held[] = []
  let done = 0
  try {
    // The first batch opens every connection and fills every cache; from then on nothing may grow.
    for (let batch = WARM_UP; done < requests && goesOn(); batch = Math.min(BATCH, requests - done)) {
      done += await load(sessions, ids, batch, goesOn)
      held.push(await atRest(sessions, admin, done, held[0]))
      tell?.(JSON.stringify(held.at(-1)))
    }
    return held
  } finally {
    await sessions.close({ grace: 0 })
    admin.disconnect()
    await redis.stop()
  }
}

const BATCH = 20_000

async function load(
  sessions: Sessions,
  ids: string[],
  requests: number,
  goesOn: () => boolean,
): Promise<number> {
  let left = requests
  let done = 0
  const lane = async (n: number) => {
    const random = new Random(n, requests)
    while (left-- > 0 && goesOn()) {
      await request(sessions, random, random.pick(ids))
      done += 1
    }
  }
  await Promise.all(Array.from({ length: LANES }, (_, n) => lane(n)))
  return done
}

async function request(sessions: Sessions, random: Random, id: string): Promise<void> {
  const kind = random.weighed({ commit: 60, release: 15, readonly: 10, update: 8, gone: 5, destroy: 2 })
  if (kind === 'destroy') return void (await sessions.destroy(id))
  if (kind === 'update') return void (await sessions.update(id, count))
  if (kind === 'readonly') return void (await (await sessions.open(id, { access: 'readonly' })).release())
  const gone = new AbortController()
  if (kind === 'gone') setImmediate(() => gone.abort())
  const session = await sessions.open(id, { signal: gone.signal }).catch(() => undefined)
  if (!session) return
  if (session.isNew) {
    const created = sessions.create(id)
    created.data.n = 1
    return void (await created.commit())
  }
  if (kind === 'release') return void (await session.release())
  count(session.data)
  await session.commit()
}

function count(data: Data): void {
  data.n = ((data.n as number | undefined) ?? 0) + 1
}

/** A command may still be under way, with its timer: what was there at first is waited for, and five seconds at most. */
async function atRest(sessions: Sessions, admin: Redis, requests: number, first?: Held): Promise<Held> {
  const end = performance.now() + 5000
  for (;;) {
    const held = await heldNow(sessions, admin, requests)
    if (!first || grown([first, held]).length === 0 || performance.now() > end) return held
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

async function heldNow(sessions: Sessions, admin: Redis, requests: number): Promise<Held> {
  // Those that leave a queue do not wait for the answer.
  while (!(await isIdle(sessions, admin))) await new Promise(resolve => setImmediate(resolve))
  const memory = await admin.info('memory')
  collect()
  const resources: Record<string, number> = {}
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1
  return {
    requests,
    resources,
    ...sessions.counts,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    heapMb: mb(process.memoryUsage().heapUsed),
    redisMb: mb(Number(/used_memory:(\d+)/.exec(memory)?.[1])),
    keys: await admin.dbsize(),
    redisClients: Number(/connected_clients:(\d+)/.exec(await admin.info('clients'))?.[1]),
    channels: ((await admin.pubsub('CHANNELS')) as string[]).length,
  }
}

async function isIdle(sessions: Sessions, admin: Redis): Promise<boolean> {
  const { holding, waiting } = sessions.counts
  return holding + waiting === 0 && (await queuesAt(admin)) === 0
}

function mb(bytes: number): number {
  return Math.round(bytes / 1024 / 102.4) / 10
}

/** The collector, without asking everybody to start node with a flag. */
const collect: () => void = (() => {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
})()

/** Says what grew. The first state is that of a process that has just warmed up. */
export function grown(held: Held[]): string[] {
  const [first, last] = [held[0], held.at(-1)]
  if (!first || !last) return ['nothing was measured']
  const wrong: string[] = []
  if (last.holding + last.waiting > 0) wrong.push(`${last.holding} hold a lock and ${last.waiting} wait`)
  const same = ['listeners', 'redisClients', 'channels'] as const
  for (const name of same) if (last[name] > first[name]) wrong.push(`${name}: ${first[name]} → ${last[name]}`)
  for (const [name, count] of Object.entries(last.resources)) {
    if (count > (first.resources[name] ?? 0)) wrong.push(`${name}: ${first.resources[name] ?? 0} → ${count}`)
  }
  // Records and, for a minute, who lost a lock.
  if (last.keys > SESSIONS) wrong.push(`${last.keys} keys for ${SESSIONS} sessions`)
  if (last.heapMb > first.heapMb * 1.2 + 4) wrong.push(`heap: ${first.heapMb} → ${last.heapMb} MB`)
  if (last.redisMb > first.redisMb * 1.2 + 1) wrong.push(`Redis: ${first.redisMb} → ${last.redisMb} MB`)
  return wrong
}

/** The exit code. */
export function tellSoak(held: Held[]): number {
  const wrong = grown(held)
  console.log(wrong.length === 0 ? 'Nothing grew.' : `Grown: ${wrong.join('; ')}`)
  return wrong.length === 0 ? 0 : 1
}
