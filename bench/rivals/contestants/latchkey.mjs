import { session } from '../../../dist/express/index.js'
import { createSessions } from '../../../dist/index.js'
import { SECRET } from '../lock-around.mjs'

/** @type {import('./index.mjs').Contestant} */
export default {
  name: 'latchkey',
  label: 'Latchkey',
  packages: ['latchkey', 'ioredis'],
  settings: 'As its README says; nothing set: locking on, snappy from 2,048 bytes up.',
  open: url => openSessions(url),
}

/** @param {import('../../../dist/index.js').OptionsInput} options beside the place of Redis */
export async function openSessions(url, options = {}) {
  const sessions = createSessions({ redis: { url }, ...options })
  return {
    middleware: session({ sessions, secret: SECRET }),
    hands: {
      async create(id, data) {
        const session = sessions.create(id)
        session.data = data
        await session.commit()
      },
      async take(id) {
        const session = await sessions.open(id)
        const commit = async () => {
          const outcome = await session.commit()
          if (!outcome.written) throw new Error(`not written: ${outcome.reason}`)
        }
        return { data: session.data, commit }
      },
    },
    close: () => sessions.close(),
  }
}
