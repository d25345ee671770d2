import { readFileSync } from 'node:fs'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import type { Options } from '../config/options.ts'
import { FailoverWatch } from './failover-watch.ts'
import type { Client } from './scripts.ts'

type Where = Options['redis']
type Tls = Where['tls']

/**
 * The configured Redis as an ioredis client that is not connected yet.
 *
 * A request must have its answer within a second, so nothing is queued or retried inside the client: a command that
 * cannot be sent, or whose connection breaks, fails at once, and `Connection` decides what to do with it.
 *
 * @param together commands of one turn of the event loop go out in one write: for a client that sends hundreds at once
 */
export function createClient(redis: Where, { together = false } = {}): Client {
  const common: RedisOptions = {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: redis.connectTimeout * 1000,
    commandTimeout: redis.commandTimeout * 1000,
    // A connection on which nothing comes back is given up, so that commands do not pile up behind it.
    socketTimeout: redis.commandTimeout * 1000 + 100,
    retryStrategy: pauseBeforeTry,
    // The server was a master and is none now. Before Redis 7 a script's error says so further on.
    reconnectOnError: error => error.message.includes('READONLY'),
    connectionName: 'latchkey',
    enableAutoPipelining: together,
    ...credentials(redis.username, redis.password),
    ...tls(redis.tls),
  }
  if (redis.cluster) {
    return new Cluster(
      redis.cluster.nodes.map(node => ({ ...node })),
      {
        lazyConnect: true,
        enableOfflineQueue: false,
        enableAutoPipelining: together,
        clusterRetryStrategy: pauseBeforeTry,
        // A node that accepts a connection and says nothing; the next one is asked then, while a request still waits.
        slotsRefreshTimeout: shorter(redis),
        // What may have run already is sent again by `Connection` alone, which marks it. ioredis sends again only what did
        // not run, as often as there is time for, while a slot moves or its master is being replaced.
        retryDelayOnFailover: 0,
        retryDelayOnTryAgain: 25,
        retryDelayOnClusterDown: 50,
        maxRedirections: 1000,
        redisOptions: common,
      },
    )
  }
  if (redis.sentinel) {
    const { name, nodes, username, password, tls: sentinelTls, verifyMaster } = redis.sentinel
    const failovers = new FailoverWatch(name)
    const client = new Redis({
      ...common,
      db: redis.db,
      name,
      sentinels: nodes.map(node => ({ ...node })),
      role: 'master',
      natMap: failovers.natMap,
      // The ready check is what compares the server's role with the one that was asked for.
      enableReadyCheck: verifyMaster,
      sentinelRetryStrategy: pauseBeforeTry,
      // A sentinel that accepts a connection and says nothing; the next one is asked then.
      sentinelCommandTimeout: shorter(redis),
      ...(username === null ? {} : { sentinelUsername: username }),
      ...(password === null ? {} : { sentinelPassword: password }),
      ...(sentinelTls === false
        ? {}
        : { sentinelTLS: tls(sentinelTls).tls ?? {}, enableTLSForSentinelMode: true }),
    })
    const { connectTimeout, commandTimeout } = common
    const once: RedisOptions = { lazyConnect: true, retryStrategy: null, enableReadyCheck: false }
    const own = {
      ...once,
      connectTimeout,
      commandTimeout,
      ...credentials(username, password),
      ...tls(sentinelTls),
    }
    // A deposed master goes on taking writes until its sentinels turn to it, ten seconds as measured, and loses them all.
    const sentinels = nodes.map(node => ({ ...own, ...node }))
    failovers.begin(client, sentinels)
    return client
  }
  if (redis.url?.startsWith('unix:'))
    return new Redis({ ...common, db: redis.db, path: redis.url.replace(/^unix:(\/\/)?/, '') })
  if (redis.url) return new Redis(redis.url, { ...common, db: redis.db })
  if (redis.path) return new Redis({ ...common, db: redis.db, path: redis.path })
  return new Redis({ ...common, db: redis.db, host: redis.host, port: redis.port })
}

export function isCluster(client: Client): client is Cluster {
  // Not by its class: it may come from another version of ioredis than ours.
  return client.isCluster
}

/**
 * ioredis puts its `keyPrefix` before the keys of a script and leaves the pattern of SCAN alone: records would be stored
 * under other keys than the ones that are listed.
 */
export function refuseKeyPrefix(client: Client): void {
  const { keyPrefix, redisOptions } = client.options as { keyPrefix?: string; redisOptions?: RedisOptions }
  const found = keyPrefix || redisOptions?.keyPrefix
  if (!found) return
  throw new TypeError(
    `the client has the keyPrefix ${JSON.stringify(found)}: create it without keyPrefix, and set the option prefix instead, such as ${JSON.stringify(`${found}sess_`)}`,
  )
}

/**
 * In a cluster, a command whose slot is moving is preceded by ASKING, whose promise ioredis drops. If that node does not
 * answer, the unhandled rejection ends the process. The command itself fails too, and is handled.
 */
export function guardAsking(client: Client): void {
  if (!isCluster(client)) return
  for (const node of client.nodes()) handleAsking(node)
  client.on('+node', handleAsking)
}

/** When a node was asked first that was not connected then. */
const askedAt = new WeakMap<Redis, number>()

/** Milliseconds that such a node has to connect. */
const CONNECTS_MS = 250

/**
 * Asks the cluster which node serves which slot. Not while a node connects that a moving slot led to: ioredis would drop one
 * that has no slot yet, with every command that waits for it, and the requests would start over with a new connection.
 */
export function refreshSlots(client: Cluster): void {
  const now = performance.now()
  const connects = (node: Redis) =>
    node.status !== 'ready' && now - (askedAt.get(node) ?? -CONNECTS_MS) < CONNECTS_MS
  if (!client.nodes().some(connects)) client.refreshSlotsCache()
}

function handleAsking(node: Redis): void {
  const { asking } = node
  if (typeof asking !== 'function') return
  node.asking = ((...args: []) => {
    if (node.status !== 'ready' && !askedAt.has(node)) askedAt.set(node, performance.now())
    const reply = asking.apply(node, args)
    reply.catch(() => {})
    return reply
  }) as Redis['asking']
}

/** Milliseconds that leave a request time to hear from somebody else. */
function shorter({ connectTimeout, commandTimeout }: Where): number {
  return Math.min(connectTimeout, commandTimeout / 3) * 1000
}

/** 25 ms, doubling to one second. */
function pauseBeforeTry(attempt: number): number {
  return Math.min(25 * 2 ** (attempt - 1), 1000)
}

function credentials(username: string | null, password: string | null): RedisOptions {
  return { ...(username === null ? {} : { username }), ...(password === null ? {} : { password }) }
}

function tls(options: Tls): RedisOptions {
  if (options === false) return {}
  if (options === true) return { tls: {} }
  const file = (path: string | null) => (path === null ? undefined : readFileSync(path))
  const files = { ca: file(options.ca), cert: file(options.cert), key: file(options.key) }
  return {
    tls: {
      ...Object.fromEntries(Object.entries(files).filter(([, content]) => content !== undefined)),
      ...(options.servername === null ? {} : { servername: options.servername }),
      rejectUnauthorized: options.rejectUnauthorized,
    },
  }
}

/** Where Redis is, for messages: no credentials. */
export function describeServer(redis: Where): string {
  if (redis.cluster)
    return `the Redis cluster at ${redis.cluster.nodes.map(n => `${n.host}:${n.port}`).join(', ')}`
  if (redis.sentinel) return `the Redis master "${redis.sentinel.name}" (via Sentinel)`
  if (redis.url) {
    // A password may hold an "@": only the parser knows where the host begins.
    const { protocol, host, pathname } = new URL(redis.url)
    return `Redis at ${protocol}//${host}${pathname}`
  }
  return redis.path === null ? `Redis at ${redis.host}:${redis.port}` : `Redis at ${redis.path}`
}
