import { Redis } from 'ioredis'
import { createSessions, type OptionsInput, SessionError, type Sessions } from '../../src/index.ts'
import { type RedisServer, startRedis } from '../support/redis-server.ts'

export interface Crowd {
  requests: number
  /** Of Redis, at the most. */
  redisMb: number
  processMb: number
  keysLeft: number
  /** Keys whose time was over before that: on a slow machine the first end before the last is there. */
  expired: number
  /** Keys that never end. */
  endless: number
  longestMs: number
  totalMs: number
}

/** Nobody is refused, and nobody is taken for stuck. */
export const PATIENT: OptionsInput = { maxConcurrency: 0, maxWaiting: 0, breakAfter: 600, failAfter: 600 }

/** So many requests that wait for one session, each of which counts one up when its turn comes. */
export async function queueOf(waiters: number): Promise<Crowd & { counted: number; commandsEach: number }> {
  return measured(PATIENT, async (sessions, admin) => {
    let before = 0
    let redisMb = 0
    const { counted, longestMs } = await waitInLine(sessions, waiters, async () => {
      before = await commands(admin)
      redisMb = await memory(admin)
    })
    const commandsEach = ((await commands(admin)) - before) / waiters
    return { counted, commandsEach, redisMb, longestMs, requests: waiters }
  })
}

/**
 * @param allWait is awaited when all are in the queue, before the first has its turn
 * @returns `unknown`: commits without an answer, on a machine with too much to do. Each may be among those counted
 */
export async function waitInLine(
  sessions: Sessions,
  waiters: number,
  allWait: () => Promise<void> = async () => {},
): Promise<{ counted: number; unknown: number; longestMs: number }> {
  const first = await sessions.open()
  first.data.n = 0
  await first.commit({ keep: true })
  const started = performance.now()
  let longestMs = 0
  let unknown = 0
  const wait = async () => {
    const session = await answered(() => sessions.open(first.id))
    session.data.n = (session.data.n as number) + 1
    await session.commit().catch(error => {
      if (!isUnanswered(error)) throw error
      unknown += 1
    })
    longestMs = Math.max(longestMs, performance.now() - started)
  }
  const all: Promise<void>[] = []
  while (all.length < waiters) {
    all.push(...Array.from({ length: Math.min(TOGETHER, waiters - all.length) }, wait))
    // One that fails ends the test, and does not wait for all the others.
    let failed = false
    const queued = async () => {
      while (!failed && sessions.counts.waiting < all.length) await soon()
    }
    const ended = Promise.all(all).catch(error => {
      failed = true
      throw error
    })
    await Promise.race([queued(), ended])
  }
  await allWait()
  await first.release()
  await Promise.all(all)
  const counted = (await sessions.open(first.id, { access: 'readonly' })).data.n as number
  return { counted, unknown, longestMs }
}

/**
 * Asks again until there is an answer, as a visitor does who reloads the page: after a pause, for ten thousand that ask at once
 * leave the process no time to reach Redis again.
 */
export async function answered<T>(ask: () => Promise<T>, patience = PATIENCE_MS): Promise<T> {
  const end = performance.now() + patience
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!isUnanswered(error) || performance.now() > end) throw error
      await new Promise(resolve => setTimeout(resolve, SHORTEST_PAUSE_MS * (1 + Math.random())))
    }
  }
}

function isUnanswered(error: unknown): boolean {
  return error instanceof SessionError && error.code === 'STORE_UNAVAILABLE'
}

/** More at once than this is a test of the machine. */
const TOGETHER = 500
const SHORTEST_PAUSE_MS = 500
/** A crowd that waits longer for Redis is not to be judged. */
const PATIENCE_MS = 120_000

/** So many bots without a cookie, each of which begins a session that nobody will ask for again. */
export async function bots(count: number): Promise<Crowd & { lifetimeMost: number }> {
  return measured({}, async (sessions, admin) => {
    const longestMs = await visitAsBots(sessions, count)
    const redisMb = await memory(admin)
    const sample = await Promise.all(
      Array.from({ length: 1000 }, async () => admin.ttl((await admin.randomkey()) ?? '')),
    )
    return { redisMb, longestMs, requests: count, lifetimeMost: Math.max(...sample) }
  })
}

/** Resolves to the milliseconds of the longest visit. */
export async function visitAsBots(sessions: Sessions, count: number): Promise<number> {
  let left = count
  let longest = 0
  const lane = async () => {
    while (left-- > 0) {
      const began = performance.now()
      const session = await sessions.open(undefined, {
        userAgent: 'Googlebot/2.1 (+http://www.google.com/bot.html)',
      })
      session.data.visited = '/catalogue'
      await session.commit()
      longest = Math.max(longest, performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: 100 }, lane))
  return longest
}

async function measured<More extends object>(
  options: object,
  work: (
    sessions: Sessions,
    admin: Redis,
  ) => Promise<More & { redisMb: number; longestMs: number; requests: number }>,
) {
  const redis: RedisServer = await startRedis()
  const admin = new Redis({ path: redis.path })
  const sessions = await createSessions({
    redis: { url: redis.url, commandTimeout: 10 },
    logLevel: 'silent',
    ...options,
  })
  try {
    const started = performance.now()
    const figures = await work(sessions, admin)
    const totalMs = Math.round(performance.now() - started)
    const processMb = Math.round(process.memoryUsage().rss / 1024 / 1024)
    return { ...figures, totalMs, processMb, ...(await left(admin)) }
  } finally {
    await sessions.close({ grace: 0 })
    admin.disconnect()
    await redis.stop()
  }
}

async function left(admin: Redis): Promise<Pick<Crowd, 'keysLeft' | 'expired' | 'endless'>> {
  const info = await admin.info()
  const keys = /keys=(\d+),expires=(\d+)/.exec(info)
  const [keysLeft, expires] = [Number(keys?.[1] ?? 0), Number(keys?.[2] ?? 0)]
  const expired = Number(/expired_keys:(\d+)/.exec(info)?.[1] ?? 0)
  return { keysLeft, expired, endless: keysLeft - expires }
}

async function memory(admin: Redis): Promise<number> {
  return Math.round(Number(/used_memory_peak:(\d+)/.exec(await admin.info('memory'))?.[1]) / 1024 / 1024)
}

/** Transitions that were sent; what scripts call inside is not counted. */
async function commands(admin: Redis): Promise<number> {
  const stats = await admin.info('commandstats')
  return [...stats.matchAll(/cmdstat_(?:evalsha|eval):calls=(\d+)/g)].reduce(
    (sum, [, calls]) => sum + Number(calls),
    0,
  )
}

function soon(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 20))
}
