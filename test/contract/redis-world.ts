import { randomBytes } from 'node:crypto'
import type { World } from '../../src/contract/index.ts'
import { RedisStore } from '../../src/redis/redis-store.ts'
import type { Client, TextOf } from '../../src/redis/scripts.ts'

/** Stores on connections and a prefix of their own. */
export function redisWorld(
  connect: () => Client,
  { prefix = `${randomBytes(6).toString('hex')}_`, textOf }: { prefix?: string; textOf?: TextOf } = {},
): World {
  const stores = new Map<number, RedisStore>()
  return {
    store(n) {
      const store =
        stores.get(n) ??
        new RedisStore(connect(), { prefix, commandTimeout: 5000, server: 'Redis', changed() {}, textOf })
      stores.set(n, store)
      return store
    },
    close: async () => void (await Promise.all([...stores.values()].map(store => store.close()))),
  }
}
