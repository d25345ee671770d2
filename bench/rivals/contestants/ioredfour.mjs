import Lock from 'ioredfour'
import { Redis } from 'ioredis'
import { handsWith, lockAround, PATIENCE } from '../lock-around.mjs'
import { openStore } from './connect-redis.mjs'

/** ms. Longer than any request here: a request that outlives its lock would lose updates. */
const TTL = 30_000

/** @type {import('./index.mjs').Contestant} */
export default {
  name: 'ioredfour',
  label: 'connect-redis + ioredfour',
  packages: ['express-session', 'connect-redis', 'redis', 'ioredfour', 'ioredis'],
  settings:
    '`waitAcquireLock` with locks of 30 s and a wait of 45 s, as long as Latchkey waits. Its README asks for one ' +
    'replica; there is none here, so `minReplications` stays at its default of 0.',
  async open(url) {
    const { client, store, close } = await openStore(url)
    const redis = new Redis(url)
    const locks = new Lock({ redis, namespace: 'lock' })
    const take = async key => {
      const lock = await locks.waitAcquireLock(key, TTL, PATIENCE)
      if (!lock.success) throw new Error('ioredfour did not get the lock in time')
      return () => locks.releaseLock(lock)
    }
    return {
      store,
      around: lockAround(take),
      hands: handsWith(take, client),
      close: () => Promise.all([close(), redis.quit()]),
    }
  },
}
