import Redlock from 'redlock'
import { openLocked, TTL } from '../locked-store.mjs'

/** @type {import('./index.mjs').Contestant} */
export default {
  name: 'redlock',
  label: 'connect-redis + redlock',
  packages: ['express-session', 'connect-redis', 'redis', 'redlock', 'ioredis'],
  settings:
    '`retryCount: -1`, which its README gives for "unlimited retries": with the default of 10 most waiters of a hot ' +
    'session are refused. `retryDelay` 200 ms and `retryJitter` 100 ms are its defaults. Locks of 30 s. ' +
    'Version 4 is what `npm install redlock` gives; the 5.0 betas retry by the same rule.',
  open: url =>
    openLocked(url, redis => {
      const redlock = new Redlock([redis], { retryCount: -1 })
      return async key => {
        const lock = await redlock.lock(key, TTL)
        return () => lock.unlock()
      }
    }),
}
