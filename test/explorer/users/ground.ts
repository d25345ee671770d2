import { Redis } from 'ioredis'
import { RedisStore } from '../../../src/redis/redis-store.ts'
import type { Ground } from './explore.ts'

/** A Redis of the explorer's own, with a store for each process of a scene. */
export function groundOn(path: string): Ground & { close(): Promise<void> } {
  const client = new Redis({ path })
  const options = { prefix: 'sess_', commandTimeout: 30_000, server: 'Redis', changed: () => {} }
  const stores = Array.from({ length: 4 }, () => new RedisStore(new Redis({ path }), options))
  return {
    client,
    stores,
    async close() {
      await Promise.all(stores.map(store => store.close()))
      client.disconnect()
    },
  }
}
