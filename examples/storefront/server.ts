// Starts the storefront: PORT (3000), HOST (localhost), REDIS_URL or LATCHKEY_CONFIG, SESSION_SECRET, TRUST_PROXY (none).
import { randomBytes } from 'node:crypto'
import { createSessions, type OptionsInput } from 'latchkey'
import { createStorefront } from './app.ts'
import { listen } from './listen.ts'
import { connectRedis, memoryStore } from './rival.ts'

/** How long running requests may take to end at shutdown, in seconds. */
const PATIENCE = 5

/** Any of these decides where the sessions are; with none of them, they are in this process. */
const decides = (name: string) =>
  name === 'REDIS_URL' ||
  name === 'LATCHKEY_CONFIG' ||
  name === 'LATCHKEY_STORE' ||
  name.startsWith('LATCHKEY_REDIS_')

const { SESSION_SECRET, REDIS_URL, TRUST_PROXY, HOST = 'localhost', PORT = '3000' } = process.env
const own: OptionsInput = Object.keys(process.env).some(decides) ? {} : { store: 'memory' }
const secret = SESSION_SECRET || randomBytes(32).toString('base64url')

/** How many proxies there are, or their addresses: "loopback, 10.0.0.0/8". */
function proxies(text = ''): number | string | false {
  return /^\d+$/.test(text) ? Number(text) : text || false
}

try {
  const port = Number(PORT)
  if (!/^\d+$/.test(PORT) || port > 65_535)
    throw new Error(`PORT must be a number from 0 to 65535, not "${PORT}".`)
  const sessions = createSessions({ ...own, users: { secret } })
  await sessions.ping()
  const rival = REDIS_URL ? await connectRedis(REDIS_URL, secret) : memoryStore(secret)
  const shop = createStorefront({ sessions, rival, secret, trustProxy: proxies(TRUST_PROXY) })
  const listening = await listen(shop, HOST, port)

  if (!SESSION_SECRET) {
    console.log('SESSION_SECRET is not set: cookies are signed with a random key and end with this process.')
  }
  console.log(
    sessions.store.kind === 'memory'
      ? `Storefront on ${listening.url} with the embedded store: its sessions end with this process. Set REDIS_URL to keep them in Redis.`
      : `Storefront on ${listening.url} with its sessions in Redis.`,
  )

  const stop = async () => {
    await listening.close(PATIENCE * 1000)
    // Nobody is being answered any more: what is held still is held by nobody.
    await sessions.close({ grace: 0.2 })
    rival.close()
    process.exit(0)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
} catch (error) {
  console.error(`The storefront cannot start: ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}
