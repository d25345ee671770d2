// What the race compares Latchkey with: express-session, on connect-redis where there is a Redis at REDIS_URL.
import { RedisStore } from 'connect-redis'
import type { RequestHandler } from 'express'
import session from 'express-session'
import { createClient } from 'redis'

export interface Rival {
  readonly name: string
  readonly middleware: RequestHandler
  close(): void
}

export async function connectRedis(url: string, secret: string): Promise<Rival> {
  const path = /^unix:(?:\/\/)?(.+)/.exec(url)?.[1]
  const client = createClient({
    ...(path === undefined ? { url } : { socket: { path, tls: false } }),
    disableOfflineQueue: true,
  })
  // It connects again by itself; a race that runs meanwhile fails.
  client.on('error', () => {})
  await client.connect()
  const store = new RedisStore({ client, prefix: 'rival_', ttl: 3600 })
  return {
    name: 'connect-redis',
    middleware: middleware(secret, store),
    close: () => client.destroy(),
  }
}

/** In this process, as express-session does it without a store. */
export function memoryStore(secret: string): Rival {
  const store = new session.MemoryStore()
  return { name: 'express-session', middleware: middleware(secret, store), close() {} }
}

function middleware(secret: string, store: session.Store): RequestHandler {
  return session({ secret, store, name: 'race_rival', resave: false, saveUninitialized: false })
}
