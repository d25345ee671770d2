import { setTimeout as pause } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { keysAt } from './layout.ts'
import type { AtRest, Resting } from './rules/rule.ts'

/** A waiter that nobody hears from is forgotten after five seconds, and its queue after ten. */
const FORGOTTEN_MS = 12_000

/** Every key of Redis, once nobody who lives is in a queue any more, or was for too long. */
export async function restOf(masters: Redis[], sessions: Set<string>, dead: Set<string>): Promise<AtRest> {
  for (const end = performance.now() + FORGOTTEN_MS; ; await pause(50)) {
    const keys = await Promise.all(masters.map(master => keysAt(master, sessions)))
    const rest = keys.flat().map(key => withoutDead(key, dead))
    if (rest.every(({ waiters }) => waiters.length === 0) || performance.now() > end) return rest
  }
}

/** Waiters of a process that was killed stay in the queue until they are forgotten, and count for nothing. */
function withoutDead(key: Resting, dead: Set<string>): Resting {
  return { ...key, waiters: key.waiters.filter(request => !dead.has(processOf(request))) }
}

/** Requests are named after their process. */
function processOf(request: string): string {
  return request.split('/')[0] ?? ''
}
