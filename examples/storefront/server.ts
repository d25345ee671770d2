// Starts the storefront: PORT (3000), HOST (localhost), REDIS_URL or LATCHKEY_CONFIG, SESSION_SECRET.
import { randomBytes } from 'node:crypto'
import { createSessions, type OptionsInput } from 'latchkey'
import { createStorefront } from './app.ts'
import { listen } from './listen.ts'

/** How long running requests may take to end at shutdown, in seconds. */
const PATIENCE = 5

/** Any of these decides where the sessions are; with none of them, they are in this process. */
const decides = (name: string) =>
  name === 'REDIS_URL' ||
  name === 'LATCHKEY_CONFIG' ||
  name === 'LATCHKEY_STORE' ||
  name.startsWith('LATCHKEY_REDIS_')

const { SESSION_SECRET, HOST = 'localhost', PORT = '3000' } = process.env
const own: OptionsInput = Object.keys(process.env).some(decides) ? {} : { store: 'memory' }

try {
  const port = Number(PORT)
  if (!/^\d+$/.test(PORT) || port > 65_535)
    throw new Error(`PORT must be a number from 0 to 65535, not "${PORT}".`)
  const sessions = await createSessions(own)
  const unlocked = await createSessions({ ...own, locking: false, prefix: 'nolock_' })
  await sessions.ping()
  const embedded = sessions.store.kind === 'memory'
  const secret = SESSION_SECRET || randomBytes(32).toString('base64url')
  const listening = await listen(createStorefront({ sessions, unlocked, secret, embedded }), HOST, port)

  if (!SESSION_SECRET) {
    console.log('SESSION_SECRET is not set: cookies are signed with a random key and end with this process.')
  }
  console.log(
    embedded
      ? `Storefront on ${listening.url} with the embedded store: its sessions end with this process. Set REDIS_URL to keep them in Redis.`
      : `Storefront on ${listening.url} with its sessions in Redis.`,
  )

  const stop = async () => {
    await listening.close(PATIENCE * 1000)
    // Nobody is being answered any more: what is held still is held by nobody.
    await Promise.all([sessions.close({ grace: 0.2 }), unlocked.close({ grace: 0.2 })])
    process.exit(0)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
} catch (error) {
  console.error(`The storefront cannot start: ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}
