import { openSessions } from './latchkey.mjs'

/** @type {import('./index.mjs').Contestant} */
export default {
  name: 'latchkey-unlocked',
  label: 'Latchkey, locking off',
  packages: ['latchkey', 'ioredis'],
  settings: '`locking: false`, snappy as by default: what compression costs without what locking costs.',
  async open(url) {
    const { hands: _, ...opened } = await openSessions(url, { locking: false })
    return opened
  },
}
