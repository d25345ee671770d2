import type { SessionData } from 'express-session'
import type { Data } from '../codec/json.ts'
import type { Sessions } from '../handler.ts'
import type { CommitOutcome } from '../outcome.ts'
import { maxAgeOf } from './cookie.ts'

// What a store is told to do by a caller that has not asked it for the session: a script, a socket, another library.

/** `set`: the caller says what shall be stored, and it is. */
export async function storeUnasked(
  sessions: Sessions,
  sid: string,
  data: SessionData,
): Promise<CommitOutcome> {
  const opened = await sessions.open(sid, { request: 'set' })
  opened.awaitEnd(!opened.isNew)
  const stored = opened.isNew ? sessions.create(sid, { request: 'set' }) : opened
  stored.data = data as unknown as Data
  return stored.commit({ maxAge: maxAgeOf(data) })
}

/** `touch`. */
export async function keepAliveUnasked(sessions: Sessions, sid: string, data: SessionData): Promise<void> {
  const opened = await sessions.open(sid, { access: 'optimistic' })
  await opened.release({ touch: true, maxAge: maxAgeOf(data) })
}
