import type session from 'express-session'
import type { OptionsInput } from '../config/options.ts'
import { createSessions, type Extras } from '../create.ts'
import { ExpressStore } from '../express-session/index.ts'
import type { Sessions } from '../handler.ts'

/** What connect-redis takes, as far as it means something here. */
export interface RedisStoreOptions {
  /**
   * The application's client, of ioredis or of node-redis: the store connects to the same server by a connection of its own, whose
   * commands fail at once where Redis is away.
   */
  client: object
  /** Begins each key; `sess:` by default. */
  prefix?: string
  /** Seconds that an idle session lives where its cookie has no age; a day by default. */
  ttl?: number
  /** Requests that change nothing do not keep their session alive; false by default. */
  disableTouch?: boolean
  /** Every other option of `createSessions`. */
  latchkey?: OptionsInput
}

/**
 * A store in the place of connect-redis', for applications whose code cannot be changed. Sessions that connect-redis stored are
 * adopted when they are first opened, so all visitors stay logged in.
 */
export class RedisStore extends ExpressStore {
  /** What stands behind the store: close it at the end of the process. */
  readonly sessions: Sessions

  /** @throws {TypeError} naming the option that has no meaning here */
  constructor({
    client,
    prefix = 'sess:',
    ttl,
    disableTouch = false,
    latchkey,
    ...others
  }: RedisStoreOptions) {
    const [unknown] = Object.keys(others).filter(name => !IGNORED.has(name))
    if (unknown !== undefined) {
      throw new TypeError(
        `The store of latchkey/connect-redis does not know ${unknown}. It takes client, prefix, ttl, disableTouch and latchkey, an object with the options of createSessions`,
      )
    }
    const place = placeOf(client)
    const options: OptionsInput = {
      ...(ttl === undefined ? {} : { lifetime: ttl }),
      ...place.options,
      prefix: place.prefix + prefix,
      naming: 'plain',
      adopt: true,
      ...latchkey,
    }
    const sessions = createSessions(options, place.extras)
    super(sessions, { keepsAlive: () => !disableTouch })
    this.sessions = sessions
  }
}

/** How many keys SCAN is asked for: Latchkey paces itself. */
const IGNORED = new Set(['scanCount'])

interface Place {
  options: OptionsInput
  extras: Extras
  /** What the client puts in front of each key. */
  prefix: string
}

function placeOf(client: object | undefined): Place {
  const { options, duplicate } = (client ?? {}) as { options?: Record<string, unknown>; duplicate?: unknown }
  if (!options || typeof duplicate !== 'function') {
    throw new TypeError('client: expected a client of ioredis or of node-redis: new RedisStore({ client })')
  }
  if ('sentinels' in options || 'lazyConnect' in options || 'keyPrefix' in options) {
    const { keyPrefix } = options
    const own = (client as { duplicate(override: object): NonNullable<Extras['client']> }).duplicate(OURS)
    return { options: {}, extras: { client: own }, prefix: typeof keyPrefix === 'string' ? keyPrefix : '' }
  }
  const { url, socket = {}, username, password, database } = options as NodeRedisOptions
  const { host, port, path, tls } = socket
  const where = url ? { url } : path ? { path } : { host: host ?? '127.0.0.1', port: port ?? 6379 }
  return {
    options: {
      redis: {
        ...where,
        ...(username ? { username } : {}),
        ...(password ? { password } : {}),
        ...(database ? { db: database } : {}),
        ...(tls ? { tls: true } : {}),
      },
    },
    extras: {},
    prefix: '',
  }
}

interface NodeRedisOptions {
  url?: string
  socket?: { host?: string; port?: number; path?: string; tls?: boolean }
  username?: string
  password?: string
  database?: number
}

/** What a client must be told, or an outage makes requests hang. */
const OURS = {
  keyPrefix: '',
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 1000,
  commandTimeout: 900,
}

/** `require('connect-redis')(session)`, as up to its version 6. */
function connectRedis(_session?: typeof session): typeof RedisStore {
  return RedisStore
}
/** `const { RedisStore } = require('connect-redis')`. */
connectRedis.RedisStore = RedisStore
/** A default import, as TypeScript compiles it. */
connectRedis.default = RedisStore

export default RedisStore
export { connectRedis as 'module.exports' }
