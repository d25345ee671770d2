import { bare } from './nearest.ts'

/** What to do about a name that another library gives to an option. */
interface Foreign {
  /** Our option for the same. */
  use?: string
  /** After `use …`, or by itself. */
  advice?: string
}

const second = (name: string): Foreign => ({
  advice: `pass it in the second argument, createSessions(options, { ${name} })`,
})
const middleware = (name: string): Foreign => ({
  advice: `pass it to the middleware, session({ sessions, ${name} })`,
})
const without = (why: string): Foreign => ({ advice: `leave it out; ${why}` })

const FOREIGN: Record<string, Foreign> = {
  // connect-redis
  ttl: { use: 'lifetime', advice: ', in seconds' },
  disableTouch: { advice: 'use keepsAlive: () => false of the middleware' },
  disableTTL: without('every session ends some day, so raise lifetime and maxLifetime'),
  client: second('client'),
  serializer: without(
    'data is stored as JSON, or for PHP as php.serializer says, and compression says how it is packed',
  ),
  scanCount: without('SCAN paces itself'),
  // ioredis and node-redis
  host: { use: 'redis.host' },
  port: { use: 'redis.port' },
  url: { use: 'redis.url' },
  keyPrefix: { use: 'prefix' },
  'redis.keyPrefix': { use: 'prefix' },
  database: { use: 'redis.db' },
  'redis.database': { use: 'redis.db' },
  socket: { advice: 'use redis.host, redis.port, redis.path and redis.tls' },
  'redis.socket': { advice: 'use redis.host, redis.port, redis.path and redis.tls' },
  sentinels: { use: 'redis.sentinel', advice: ', { "name", "nodes" }' },
  'redis.sentinels': { use: 'redis.sentinel', advice: ', { "name", "nodes" }' },
  // express-session
  secret: middleware('secret'),
  cookie: middleware('cookie'),
  rolling: middleware('rolling'),
  genid: middleware('genid'),
  unset: middleware('unset'),
  proxy: middleware('proxy'),
  maxAge: { use: 'lifetime', advice: ', in seconds, and cookie.maxAge of the middleware' },
  resave: without('sessions that did not change are never written'),
  saveUninitialized: without('empty sessions are never stored'),
  // Ours, in the wrong place.
  logger: second('logger'),
  onEvent: second('onEvent'),
  isBot: second('isBot'),
  compressors: second('compressors'),
}

const BY_NAME = new Map(Object.entries(FOREIGN).map(([name, foreign]) => [bare(name), foreign]))

/** What to do about this name, if other libraries know it. `ours` writes the name of an option of ours as the source does. */
export function foreignAdvice(
  name: string,
  ours: (option: string) => string = option => option,
): string | undefined {
  const { use, advice = '' } = BY_NAME.get(bare(name)) ?? {}
  if (use === undefined) return advice || undefined
  return `use ${ours(use)}${advice}`
}
