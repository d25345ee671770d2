import Lock from 'ioredfour'
import { PATIENCE } from '../lock-around.mjs'
import { openLocked, TTL } from '../locked-store.mjs'

/** @type {import('./index.mjs').Contestant} */
export default {
  name: 'ioredfour',
  label: 'connect-redis + ioredfour',
  packages: ['express-session', 'connect-redis', 'redis', 'ioredfour', 'ioredis'],
  settings:
    '`waitAcquireLock` with locks of 30 s and a wait of 45 s, as long as Latchkey waits. Its README asks for one ' +
    'replica; there is none here, so `minReplications` stays at its default of 0.',
  open: url =>
    openLocked(url, redis => {
      const locks = new Lock({ redis, namespace: 'lock' })
      return async key => {
        const lock = await locks.waitAcquireLock(key, TTL, PATIENCE)
        if (!lock.success) throw new Error('ioredfour did not get the lock in time')
        return () => locks.releaseLock(lock)
      }
    }),
}
