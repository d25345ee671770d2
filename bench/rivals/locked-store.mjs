import { Redis } from 'ioredis'
import { openStore } from './contestants/connect-redis.mjs'
import { handsWith, lockAround } from './lock-around.mjs'

/** ms that a lock lasts. Longer than any request here: a request that outlives its lock would lose updates. */
export const TTL = 30_000

/**
 * connect-redis behind the locks of another package, which have a connection of their own.
 *
 * @param {string} url
 * @param {(redis: Redis) => (key: string) => Promise<() => unknown>} locksOn what it makes resolves to what releases the lock
 * @returns {Promise<import('./contestants/index.mjs').Opened>}
 */
export async function openLocked(url, locksOn) {
  const { client, store, close } = await openStore(url)
  const redis = new Redis(url)
  const take = locksOn(redis)
  return {
    store,
    around: lockAround(take),
    hands: handsWith(take, client),
    close: () => Promise.all([close(), redis.quit()]),
  }
}
