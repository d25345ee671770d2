import { RedisStore } from 'connect-redis'
import { createClient } from 'redis'

/** @type {import('./index.mjs').Contestant} */
export default {
  name: 'connect-redis',
  label: 'connect-redis, no lock',
  packages: ['express-session', 'connect-redis', 'redis'],
  settings: 'As its README says; nothing set. Version 10 needs Node 22, so version 9 it is.',
  open: url => openStore(url),
}

/** What the lock libraries store their sessions with too. */
export async function openStore(url) {
  const client = createClient({ url })
  await client.connect()
  return { client, store: new RedisStore({ client }), close: () => client.close() }
}
