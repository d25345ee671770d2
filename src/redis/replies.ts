import { SessionError } from '../errors.ts'
import type { Acquired, Destroyed, Gone, HandedOn, Held, NotAsExpected } from '../store.ts'
import {
  found,
  goneKind,
  holder,
  holderOrUnknown,
  number,
  type Reply,
  text,
  tombstoneOf,
  took,
} from './record.ts'

// What the scripts answer, as the store's outcomes.

export function refuseNewer(version: string | undefined): void {
  if (version === undefined) return
  throw new SessionError(
    'RECORD_VERSION',
    `The record of this session has format ${version}, and this Latchkey reads and writes format 1. It was left as it is: update this process.`,
    { status: 503, retryAfter: 30 },
  )
}

export function gone(field: string, old: Buffer | undefined, now: number): Gone | undefined {
  const { kind, until, readableUntil } = tombstoneOf(field)
  if (until <= now) return undefined
  return { gone: kind, old: readableUntil > now ? old : undefined }
}

export function acquired(reply: Reply): Acquired {
  const outcome = text(reply, 0)
  if (outcome === 'granted') return { outcome, ...found(reply, 1), ...took(reply, 4) }
  if (outcome === 'gone') {
    return { outcome, gone: goneKind(text(reply, 1)), old: reply[2] ?? undefined }
  }
  if (outcome === 'busy') return { outcome, waiters: number(reply, 1), holder: holderOrUnknown(reply, 2) }
  if (outcome !== 'queued') return { outcome: 'missing' }
  return {
    outcome,
    arrival: number(reply, 1),
    position: number(reply, 2),
    waiters: number(reply, 3),
    holder: holderOrUnknown(reply, 4),
    kind: kindOf(text(reply, 7)),
    leaseLeft: number(reply, 8),
    writes: number(reply, 9),
    ...took(reply, 10),
  }
}

export function destroyed(reply: Reply): Destroyed {
  const refused = text(reply, 0) === 'refused' ? (text(reply, 1) as NotAsExpected) : undefined
  const by = holder(reply, refused ? 2 : 1)
  const born = refused ? '' : text(reply, 6)
  const pointer = refused ? undefined : reply[7]
  return {
    existed: text(reply, 0) === '1',
    ...(refused ? { refused } : {}),
    ...(by ? { holder: by } : {}),
    ...(born === '' || born === '-' ? {} : { born }),
    ...(pointer?.length ? { pointer } : {}),
  }
}

function kindOf(state: string): Held['kind'] {
  return state === 'php' || state === 'entering' ? state : 'ours'
}

/** `token, cursor, data, writes, state` from `at` on. */
export function nextOf(reply: Reply, at: number): HandedOn['next'] {
  const token = text(reply, at)
  return token === '' ? undefined : { token, found: found(reply, at + 2) }
}
