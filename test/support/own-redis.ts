// A redis-server of a test file's own, and what looks at it: there before the file's first test, and ended after its last.
import { afterAll, beforeAll } from '@jest/globals'
import { Redis } from 'ioredis'
import type { OptionsInput } from '../../src/index.ts'
import { type RedisServer, startRedis } from './redis-server.ts'
import { type Watched, watchedSessions } from './sessions.ts'

export interface OwnRedis extends Pick<RedisServer, 'path' | 'url'> {
  /** Looks at it past Latchkey. */
  readonly client: Redis
  /** Sessions on it, or where `options` say; closed after the last test, before the server ends. */
  watched(options?: OptionsInput): Promise<Watched>
}

/** To be called before the file's other hooks: they run in this order. */
export function ownRedis(): OwnRedis {
  let server: RedisServer
  let client: Redis
  const opened: Watched[] = []
  beforeAll(async () => {
    server = await startRedis()
    client = new Redis({ path: server.path })
  })
  afterAll(async () => {
    await Promise.all(opened.map(({ sessions }) => sessions.close({ grace: 0 })))
    client?.disconnect()
    await server?.stop()
  })
  return {
    get path() {
      return server.path
    },
    get url() {
      return server.url
    },
    get client() {
      return client
    },
    async watched(options) {
      const watched = await watchedSessions({ redis: { url: server.url }, ...options })
      opened.push(watched)
      return watched
    },
  }
}
