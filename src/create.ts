import type { Cluster, Redis } from 'ioredis'
import { type Codec, createCodec } from './codec/codec.ts'
import type { Compressor } from './codec/compressor.ts'
import { createRegistry, type Registry } from './codec/registry.ts'
import { loadOptions } from './config/load.ts'
import type { Problem } from './config/option-error.ts'
import type { Options, OptionsInput } from './config/options.ts'
import { sharedCookie } from './config/php.ts'
import type { SessionEvent } from './events.ts'
import { Sessions } from './handler.ts'
import type { Lifetimes } from './lifetime.ts'
import { Listeners } from './listeners.ts'
import { Locks } from './lock/locks.ts'
import { createOwner } from './lock/owner.ts'
import { createLog, type Logger } from './log.ts'
import { MemoryStore } from './memory/memory-store.ts'
import { Outage } from './outage.ts'
import { phpSerializer } from './php/serializer.ts'
import { Progress } from './progress.ts'
import { createClient, describeServer, refuseKeyPrefix } from './redis/client.ts'
import { RedisStore } from './redis/redis-store.ts'
import { withoutId } from './redis/session-keys.ts'
import { diagnose } from './redis/tls-mismatch.ts'
import type { SessionData } from './session/data.ts'
import { shortHashOf } from './session-id.ts'
import type { Store } from './store.ts'
import { TimedStore } from './timed-store.ts'

/** Code-only options. */
export interface Extras {
  /** Your pino logger, in place of one that Latchkey makes. */
  logger?: Logger
  /**
   * Called with everything that happens. The log gets it too. What this throws is logged, and changes nothing. For metrics use
   * `latchkey/metrics`.
   */
  onEvent?: (event: SessionEvent) => void
  /** Overrides the detection of bots by their user agent; undefined leaves it to the option `bots`. */
  isBot?: (userAgent: string | null | undefined) => boolean | undefined
  /**
   * An ioredis client of your own, in place of one made from the options. It is closed with the handler. Give it
   * `enableOfflineQueue: false`, `maxRetriesPerRequest: 0` and a `commandTimeout`, or an outage makes requests hang. Give a
   * cluster's also `retryDelayOnFailover: 0`: commands that failed are sent again here, where they are marked as such.
   */
  client?: Redis | Cluster
  /** Compression libraries of your own, to be named in `compression`. Keep them here as long as data that they stored is read. */
  compressors?: readonly Compressor[]
  /** A store of your own; it must pass the suite of `latchkey/contract`. */
  store?: Store
}

/**
 * Sessions after the options: a path of a JSON file, an object, or nothing for defaults and environment.
 * `D` is what the sessions hold, in place of `SessionData`. Connects when the first session needs it. A file is read at once, so
 * that a module or a constructor can call this; `await` does no harm.
 *
 * @throws {OptionError} naming every option that is unknown or impossible
 * @throws {TypeError} for one of `compressors` that is none, or has the name or tag of another, and for a `client` with a `keyPrefix`
 */
export function createSessions<D extends object = SessionData>(
  source?: string | OptionsInput,
  extras: Extras = {},
): Sessions<D> {
  if (extras.client) refuseKeyPrefix(extras.client)
  const registry = createRegistry(extras.compressors)
  const doubts: Problem[] = []
  const options = loadOptions(source, process.env, {}, registry.wrong, doubt => doubts.push(doubt))
  return assemble<D>(options, registry, extras, doubts)
}

/** The same from options that were loaded and checked. */
export function assemble<D extends object = SessionData>(
  options: Options,
  registry: Registry,
  extras: Extras = {},
  doubts: readonly Problem[] = [],
): Sessions<D> {
  const codec = codecOf(options, registry)
  const log = extras.logger ?? createLog(options.logLevel)
  const listeners = new Listeners(log)
  if (extras.onEvent) listeners.add(extras.onEvent)
  const { emit } = listeners
  for (const { option, message } of doubts)
    emit({ event: 'option-doubtful', option: option ?? '', why: message })
  const { compression, unavailable } = codec
  if (unavailable !== undefined) emit({ event: 'compression-unavailable', compression, why: unavailable })
  const { naming, locking, bots, botAccess, rotateAfter } = options
  const progress = new Progress(listeners.hearProgress, emit)
  const outage = new Outage(emit, extras.store === undefined)
  const made = extras.store ?? createStore(options, outage, extras.client)
  const store = new TimedStore(made, progress, name => shortHashOf(name, naming))
  const locks = new Locks(store, createOwner(), lockOptions(options), emit, progress)
  const authenticated = authenticatedLifetimes(options)
  const users = { ...options.users, absoluteLifetime: authenticated.absoluteLifetime }
  const lifetimes = { lifetimes: options, authenticated }
  const cookie = sharedCookie(options)
  const visitors = { bots, botAccess, isBot: extras.isBot }
  const handling = { naming, locking, rotateAfter, ...visitors, ...lifetimes, users, cookie }
  return new Sessions<D>(store, codec, locks, handling, { listeners, progress, outage })
}

/** How data is stored with these options. */
export function codecOf(options: Options, registry: Registry): Codec {
  return createCodec(options, registry, options.php ? phpSerializer(options.php.serializer) : undefined)
}

/** Who has logged in is no visitor who came once, and no bot. */
function authenticatedLifetimes(options: Options): Lifetimes {
  const { lifetime, absoluteLifetime } = options.authenticated
  const none = { firstLifetime: 0, botLifetime: 0, botFirstLifetime: 0 }
  return { ...options, ...none, lifetime: lifetime ?? options.lifetime, absoluteLifetime }
}

function createStore(options: Options, outage: Outage, client?: Redis | Cluster): Store {
  if (options.store === 'memory' && !client) return new MemoryStore()
  const { prefix, adopt, naming, redis } = options
  return new RedisStore(client ?? createClient(redis), {
    prefix,
    adopt,
    commandTimeout: redis.commandTimeout * 1000,
    server: client ? 'Redis' : describeServer(redis),
    diagnose: client ? undefined : () => diagnose(redis),
    shownKey: naming === 'hashed' ? undefined : key => withoutId(key, prefix),
    changed: (up, cause) => outage.changed(up, cause),
  })
}

function lockOptions(options: Options) {
  const { lease, breakAfter, failAfter, warnAfter, maxConcurrency, maxWaiting, giveUp } = options
  const ms = 1000
  return {
    lease: lease * ms,
    breakAfter: breakAfter * ms,
    failAfter: failAfter * ms,
    warnAfter: warnAfter * ms,
    maxConcurrency,
    maxWaiting,
    giveUp,
  }
}
