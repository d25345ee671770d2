import { setTimeout as pause } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { isWaiter, keysOf } from '../../src/redis/record.ts'
import type { AtRest, Resting } from './rules/rule.ts'

const PREFIX = 'sess_'
/** A waiter that nobody hears from is forgotten after five seconds, and its queue after ten. */
const FORGOTTEN_MS = 12_000

type Part = Pick<Resting, 'session' | 'part'>
const OTHER: Part = { session: '', part: 'other' }

/** Every key of Redis, once nobody who lives is in a queue any more, or was for too long. */
export async function restOf(masters: Redis[], sessions: Set<string>, dead: Set<string>): Promise<AtRest> {
  for (const end = performance.now() + FORGOTTEN_MS; ; await pause(50)) {
    const keys = await Promise.all(masters.map(master => keysAt(master, sessions)))
    const rest = keys.flat().map(key => withoutDead(key, dead))
    const waiting = rest.some(({ part, fields }) => part !== 'record' && Object.keys(fields).some(isWaiter))
    if (!waiting || performance.now() > end) return rest.filter(key => !isEmptyQueue(key))
  }
}

async function keysAt(client: Redis, sessions: Set<string>): Promise<AtRest> {
  const parts = new Map<string, Part>()
  for (const session of sessions) {
    const [record, queue, deadlines] = keysOf(PREFIX, session)
    parts.set(record, { session, part: 'record' })
    parts.set(queue, { session, part: 'queue' })
    parts.set(deadlines, { session, part: 'deadlines' })
  }
  const rest: AtRest = []
  for (const key of await client.keys('*')) {
    if (key.startsWith(FILLER)) continue
    const { session, part } = parts.get(key) ?? OTHER
    const fields = await fieldsOf(client, key, part)
    const ttl = await client.pttl(key)
    // It may have ended meanwhile.
    if (ttl !== -2) rest.push({ key, session, part, ttl, fields })
  }
  return rest
}

async function fieldsOf(client: Redis, key: string, part: Resting['part']): Promise<Record<string, string>> {
  if (part === 'record') {
    const { data: _data, ...fields } = await client.hgetall(key)
    return fields
  }
  if (part === 'other') return {}
  // Whose deadline is over counts nowhere, and goes when somebody takes the lock by way of the queue.
  const [seconds, micros] = (await client.time()) as [number, number]
  const from =
    part === 'deadlines' ? `(${Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)}` : '-inf'
  const members = await client.zrangebyscore(key, from, '+inf', 'WITHSCORES')
  return Object.fromEntries(members.flatMap((m, i) => (i % 2 === 0 ? [[m, members[i + 1] ?? '']] : [])))
}

/** Waiters of a process that was killed stay in the queue until they are forgotten, and count for nothing. */
function withoutDead(key: Resting, dead: Set<string>): Resting {
  if (key.part !== 'queue' && key.part !== 'deadlines') return key
  const living = Object.entries(key.fields).filter(([member]) => !dead.has(processOf(member)))
  return { ...key, fields: Object.fromEntries(living) }
}

/** A member is `token request`, and requests are named after their process. */
function processOf(member: string): string {
  return member.split(' ')[1]?.split('/')[0] ?? ''
}

function isEmptyQueue({ part, ttl, fields }: Resting): boolean {
  return part === 'queue' && ttl > 0 && Object.keys(fields).length === 0
}

/** Keys that the lab itself puts there. */
export const FILLER = 'filler:'
