import { afterEach } from '@jest/globals'
import type { OptionsInput, Sessions } from '../../src/index.ts'
import { type OwnRedis, ownRedis } from '../support/own-redis.ts'
import { eventually, storedIn, type Watched, watchedSessions } from '../support/sessions.ts'

export interface Handlers {
  readonly redis: OwnRedis
  /** Each call is a handler with a connection, an owner and a queue side of its own, as another process would have. */
  handler(options?: OptionsInput): Promise<Watched>
}

/** On a Redis of the file's own; they end with the test that made them, and so does what they stored. */
export function ownHandlers(): Handlers {
  const redis = ownRedis()
  const opened: Sessions[] = []
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(sessions => sessions.close({ grace: 0 })))
    await redis.client.flushall()
  })
  return {
    redis,
    async handler(options = {}) {
      const watched = await watchedSessions({ redis: { url: redis.url }, ...options })
      opened.push(watched.sessions)
      return watched
    },
  }
}

export function stored({ sessions }: Watched, data: object = { visits: 1 }): Promise<string> {
  return storedIn(sessions, data)
}

/** Resolves once so many wait for this session. */
export function waiting({ sessions }: Watched, id: string, count: number): Promise<void> {
  return eventually(async () => (await sessions.inspect(id))?.waiters === count)
}
