import { expressStore } from '../../../dist/express-session/index.js'
import { createSessions } from '../../../dist/index.js'

/** @type {import('./index.mjs').Contestant} */
export default {
  name: 'latchkey-store',
  label: 'Latchkey, store of express-session',
  packages: ['express-session', 'latchkey', 'ioredis'],
  settings: 'As docs/express-session.md says; nothing set. It takes part in a and b.',
  async open(url) {
    const sessions = createSessions({ redis: { url } })
    return { store: expressStore(sessions), close: () => sessions.close() }
  },
}
