import { openSessions } from './latchkey.mjs'

/** @type {import('./index.mjs').Contestant} */
export default {
  name: 'latchkey-uncompressed',
  label: 'Latchkey, uncompressed',
  packages: ['latchkey', 'ioredis'],
  settings: "`compression: 'none'`, locking on: what locking costs without what compression costs.",
  open: url => openSessions(url, { compression: 'none' }),
}
