import type { Data } from '../codec/json.ts'
import type { Sessions } from '../handler.ts'
import { refusalOf } from '../session/outcome.ts'
import { cookieAge } from './cookie.ts'

// Sessions by their ids, from outside of their requests: for a script, a socket, another library.

/**
 * Stores data under this id, whatever was there. It waits for the lock. A session that has ended is not brought back.
 *
 * @throws {SessionError} `COMMIT_REFUSED`, `ID_MALFORMED`, and what the store throws
 */
export async function storeById(sessions: Sessions, id: string, data: Data, request: string): Promise<void> {
  const options = { request, maxAge: cookieAge(data) }
  const replace = (old: Data) => {
    for (const key of Object.keys(old)) delete old[key]
    Object.assign(old, data)
  }
  const updated = await sessions.update(id, replace, options)
  const outcome = updated.written || updated.reason !== 'destroyed' ? updated : await create()
  const error = refusalOf(outcome)
  if (error) throw error

  async function create() {
    const created = sessions.create(id, options)
    created.data = { ...data }
    return created.commit({ maxAge: options.maxAge })
  }
}

/** Keeps a session alive, as long as the cookie in `data` lives. */
export async function keepAliveById(
  sessions: Sessions,
  id: string,
  data: object,
  request: string,
): Promise<void> {
  const session = await sessions.open(id, { access: 'optimistic', request })
  await session.release({ touch: !session.isNew, maxAge: cookieAge(data) })
}
