import { Redis } from 'ioredis'
import Redlock from 'redlock'
import { handsWith, lockAround } from '../lock-around.mjs'
import { openStore } from './connect-redis.mjs'

/** ms. Longer than any request here: a request that outlives its lock would lose updates. */
const TTL = 30_000

/** @type {import('./index.mjs').Contestant} */
export default {
  name: 'redlock',
  label: 'connect-redis + redlock',
  packages: ['express-session', 'connect-redis', 'redis', 'redlock', 'ioredis'],
  settings:
    '`retryCount: -1`, which its README gives for "unlimited retries": with the default of 10 most waiters of a hot ' +
    'session are refused. `retryDelay` 200 ms and `retryJitter` 100 ms are its defaults. Locks of 30 s. ' +
    'Version 4 is what `npm install redlock` gives; the 5.0 betas retry by the same rule.',
  async open(url) {
    const { client, store, close } = await openStore(url)
    const redis = new Redis(url)
    const redlock = new Redlock([redis], { retryCount: -1 })
    const take = async key => {
      const lock = await redlock.lock(key, TTL)
      return () => lock.unlock()
    }
    return {
      store,
      around: lockAround(take),
      hands: handsWith(take, client),
      close: () => Promise.all([close(), redis.quit()]),
    }
  },
}
