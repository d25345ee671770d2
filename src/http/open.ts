import type { Session } from '../session.ts'
import type { Door, Incoming } from './door.ts'

/**
 * Opens the session of one request as its door and its route say.
 *
 * @param id what the browser sent
 * @throws {SessionError} as `Sessions.open`
 */
export async function openFor(
  { sessions, format }: Door,
  incoming: Incoming,
  id: string | undefined,
): Promise<Session> {
  const { access = 'exclusive', logout, lock, userAgent, request, signal, newId } = incoming
  const session = await sessions.open(id, {
    access: logout && access === 'exclusive' ? 'optimistic' : access,
    ...{ userAgent, request, signal, lock },
    maxAge: format.options.maxAge,
  })
  session.awaitEnd(true)
  if (newId && session.isNew && access !== 'readonly') {
    await session.regenerate(newId()).catch(async error => {
      await session.release({ touch: false })
      throw error
    })
  }
  return session
}
