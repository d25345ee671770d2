import { setTimeout as pause } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { AtRest, Resting } from './rules/rule.ts'

const PREFIX = 'sess_'
/** Milliseconds. A waiter that is not heard from is dead after five seconds, and taken out by the step that meets it. */
const FORGOTTEN_MS = 12_000

/** Every key of Redis, once no living waiter is in a queue any more, or was for too long. */
export async function restOf(masters: Redis[], sessions: Set<string>, dead: Set<string>): Promise<AtRest> {
  for (const end = performance.now() + FORGOTTEN_MS; ; await pause(50)) {
    const keys = await Promise.all(masters.map(master => keysAt(master, sessions)))
    const rest = keys.flat().map(key => withoutDead(key, dead))
    if (!rest.some(({ waiters }) => waiters.length > 0) || performance.now() > end) return rest
  }
}

async function keysAt(client: Redis, sessions: Set<string>): Promise<AtRest> {
  const rest: AtRest = []
  for (const key of await client.keys('*')) {
    if (key.startsWith(FILLER)) continue
    const session = key.slice(PREFIX.length)
    const known = key.startsWith(PREFIX) && sessions.has(session)
    const { data: _data, old: _old, ...all } = known ? await client.hgetall(key) : {}
    const waiters = Object.entries(all).filter(([field]) => field.startsWith('w:'))
    const fields = Object.fromEntries(Object.entries(all).filter(([field]) => !/^(w:|queue$)/.test(field)))
    const ttl = await client.pttl(key)
    const [seconds, micros] = (await client.time()) as [number, number]
    const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
    const living = waiters.map(([, waiter]) => waiter).filter(waiter => Number(waiter.split(' ')[1]) > now)
    // It may have ended meanwhile.
    if (ttl !== -2) rest.push({ key, session: known ? session : '', known, ttl, fields, waiters: living })
  }
  return rest
}

/** Waiters of a process that was killed stay in the queue until a step meets them, and count for nothing. */
function withoutDead(key: Resting, dead: Set<string>): Resting {
  return { ...key, waiters: key.waiters.filter(waiter => !dead.has(processOf(waiter))) }
}

/** A waiter is `token deadline request`, and requests are named after their process. */
function processOf(waiter: string): string {
  return waiter.split(' ')[2]?.split('/')[0] ?? ''
}

/** Keys that the lab itself puts there. */
export const FILLER = 'filler:'
