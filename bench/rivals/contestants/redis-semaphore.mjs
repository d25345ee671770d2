import { Redis } from 'ioredis'
import { Mutex } from 'redis-semaphore'
import { handsWith, lockAround, PATIENCE } from '../lock-around.mjs'
import { openStore } from './connect-redis.mjs'

/** @type {import('./index.mjs').Contestant} */
export default {
  name: 'redis-semaphore',
  label: 'connect-redis + redis-semaphore',
  packages: ['express-session', 'connect-redis', 'redis', 'redis-semaphore', 'ioredis'],
  settings:
    '`Mutex` with `acquireTimeout: 45000`, as long as Latchkey waits: the default of 10 s refuses waiters of a ' +
    'request of 10 s. It looks every 10 ms and renews its lock of 10 s by itself; both are its defaults.',
  async open(url) {
    const { client, store, close } = await openStore(url)
    const redis = new Redis(url)
    const take = async key => {
      const mutex = new Mutex(redis, key, { acquireTimeout: PATIENCE })
      await mutex.acquire()
      return () => mutex.release()
    }
    return {
      store,
      around: lockAround(take),
      hands: handsWith(take, client),
      close: () => Promise.all([close(), redis.quit()]),
    }
  },
}
