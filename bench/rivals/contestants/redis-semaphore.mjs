import { Mutex } from 'redis-semaphore'
import { PATIENCE } from '../lock-around.mjs'
import { openLocked } from '../locked-store.mjs'

/** @type {import('./index.mjs').Contestant} */
export default {
  name: 'redis-semaphore',
  label: 'connect-redis + redis-semaphore',
  packages: ['express-session', 'connect-redis', 'redis', 'redis-semaphore', 'ioredis'],
  settings:
    '`Mutex` with `acquireTimeout: 45000`, as long as Latchkey waits: the default of 10 s refuses waiters of a ' +
    'request of 10 s. It looks every 10 ms and renews its lock of 10 s by itself; both are its defaults.',
  open: url =>
    openLocked(url, redis => async key => {
      const mutex = new Mutex(redis, key, { acquireTimeout: PATIENCE })
      await mutex.acquire()
      return () => mutex.release()
    }),
}
