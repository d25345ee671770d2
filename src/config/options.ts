import * as v from 'valibot'
import { encryption } from './encryption.ts'
import { php } from './php.ts'
import { secretFrom } from './secret.ts'
import {
  commandTimer,
  file,
  flag,
  group,
  HOST,
  lasting,
  nodes,
  oneOf,
  option,
  size,
  text,
  timer,
  tls,
  whole,
} from './shapes.ts'

export type {
  AuthenticatedOptions,
  ClusterOptions,
  EncryptionKeyOptions,
  EncryptionOptions,
  OptionsInput,
  PhpOptions,
  RedisOptions,
  SentinelOptions,
  TlsOptions,
  UsersOptions,
} from './options-input.ts'

/**
 * Every option with its unit, default and bounds; types, environment variables and config.schema.json come from here.
 * A message completes the sentence "<option>: expected …". Secrets are looked up in `environment`.
 */
export function optionsSchema(environment: NodeJS.ProcessEnv) {
  const secret = secretFrom(environment)

  const redis = {
    url: option(
      v.nullable(
        v.pipe(v.string(URLS), v.regex(/^(rediss?:\/\/|unix:\/\/\/)./, URLS), v.check(leadsToRedis, URLS)),
      ),
      null,
      'Where Redis is: redis://, rediss:// (TLS) or unix:///path. Its user, password and database win over those options. One layer may name one place: url, path, host and port, sentinel or cluster. Code beats environment, environment beats file. Whichever says where Redis is replaces the earlier address completely.',
    ),
    host: option(
      v.pipe(v.string(HOST), v.regex(/^[^\s/@]+$/, HOST)),
      '127.0.0.1',
      'Host name or address of Redis. See url for what wins.',
    ),
    port: option(whole(1, 65_535), 6379, 'TCP port of Redis. See url for what wins.'),
    path: option(file(), null, 'Unix socket of Redis, instead of host and port. See url.'),
    db: option(whole(0, 2_147_483_647), 0, 'Number of the database. A cluster has 0 only.'),
    username: option(v.nullable(secret), null, 'ACL user: a text or { "env": "NAME" }.'),
    password: option(v.nullable(secret), null, 'A text, or { "env": "NAME" } to keep it out of the file.'),
    tls: option(
      tls(),
      false,
      'TLS to Redis: true to trust the authorities of the system, or an object to name your own.',
    ),
    sentinel: option(
      v.nullable(
        group(
          {
            name: v.pipe(
              text('the name of the master'),
              v.description('Name of the master in the sentinels.'),
            ),
            nodes: nodes('Sentinels to ask, in this order.'),
            username: option(v.nullable(secret), null, 'ACL user of the sentinels themselves.'),
            password: option(v.nullable(secret), null, 'Password of the sentinels themselves.'),
            tls: option(tls(), false, 'TLS to the sentinels.'),
            verifyMaster: option(flag(), true, 'Ask the server that was found whether it is a master.'),
          },
          'an object with name and nodes, or null',
        ),
      ),
      null,
      'Finds the master through Redis Sentinel. A later layer replaces the whole object.',
    ),
    cluster: option(
      v.nullable(
        group({ nodes: nodes('Some nodes; the others are discovered.') }, 'an object with nodes, or null'),
      ),
      null,
      'Redis Cluster. A later layer replaces the whole object.',
    ),
    connectTimeout: option(commandTimer(), 1, 'Seconds that connecting may take.'),
    commandTimeout: option(
      commandTimer(),
      0.9,
      'Seconds. A request is answered 503 when Redis takes longer than this. Lower it to fail faster.',
    ),
  }

  const users = {
    secret: option(
      v.nullable(secret),
      null,
      'Makes a hash of each user\'s id, which is all that Redis sees of it: a text, or { "env": "NAME" }. session.login needs it. Another secret makes other users of them.',
    ),
    check: option(
      timer(),
      10,
      'Seconds that a process believes a session of a user that it has looked up. A session that was ended while the process that ended it died is open for no longer. 0 to look each time.',
    ),
  }
  const authenticated = {
    lifetime: option(
      v.nullable(lasting({ above: 0 })),
      null,
      'Seconds that an idle session lives once its user has logged in; null for lifetime. firstLifetime and those of bots do not hold then.',
    ),
    absoluteLifetime: option(
      lasting({ above: 0 }),
      2_592_000,
      'Seconds after its login at which a session ends, however busy it is.',
    ),
  }

  return v.strictObject({
    redis: option(group(redis, 'an object'), {}, 'The server.'),
    php: option(
      v.nullable(php()),
      null,
      "For sessions that PHP serves too: data is stored in PHP's text instead of JSON. Then naming is plain, compression gzip by default, and the cookie is PHP's: unsigned, PHPSESSID. A later layer replaces the whole object.",
    ),
    store: option(
      oneOf('redis', 'memory'),
      'redis',
      'memory keeps sessions in this process, for development: they are lost when it ends.',
    ),
    prefix: option(
      v.pipe(v.string(PREFIX), v.regex(/^\S+$/, PREFIX), v.maxLength(64, PREFIX)),
      'sess_',
      'The key of every record begins with it. Braces make a hash tag: with {shop}_ all sessions are in one cluster slot, which is rarely wanted.',
    ),
    naming: option(
      oneOf('hashed', 'plain'),
      'hashed',
      'hashed names a record base64url(SHA-256(id)), so that a dump of Redis holds no usable id. plain uses the id itself, which is needed to share sessions with PHP.',
    ),
    adopt: option(
      flag(),
      false,
      'true turns sessions that connect-redis stored under the prefix into records when they are first opened, so that all visitors stay logged in. It needs naming plain and the right +get.',
    ),
    locking: option(flag(), true, 'false opens every session without taking its lock.'),
    breakAfter: option(
      timer({ above: 0 }),
      30,
      'Seconds that one holder may keep the lock while a waiter watches, before that waiter breaks it. Raise it above your slowest request.',
    ),
    failAfter: option(timer(), 15, 'Seconds, beyond breakAfter, after which a waiter gives up.'),
    warnAfter: option(
      timer(),
      1,
      'Seconds that a request waits for a lock before a warning names it and the holder. 0 for never.',
    ),
    maxConcurrency: option(
      whole(0, MANY),
      100,
      'Requests that may wait for one session; the next is refused at once. 0 for no limit.',
    ),
    maxWaiting: option(whole(0, MANY), 10_000, 'Requests that may wait in this process. 0 for no limit.'),
    lease: option(
      timer({ atLeast: 1 }),
      10,
      'Seconds that a holder counts as alive without renewing. A crash blocks its session for this long at most. Raise it if the event loop may be blocked for longer.',
    ),
    giveUp: option(
      oneOf('proceed', 'throw'),
      'proceed',
      'What happens when a waiter gives up. proceed: it gets the data without the lock, and its commit is refused. throw: it gets an error.',
    ),
    lifetime: option(lasting({ above: 0 }), 86_400, 'Seconds that an idle session lives.'),
    firstLifetime: option(
      lasting(),
      0,
      'Seconds that a session lives after its first request, and twice as long after its second; lifetime from the third on. 0 (default): lifetime from the start. Cm_RedisSession has 600, which makes sense only if every visitor gets a session.',
    ),
    botLifetime: option(
      lasting(),
      7200,
      'lifetime for bots, in seconds. 0 treats bots like people. After a regenerate a session counts as one of people.',
    ),
    botFirstLifetime: option(
      lasting(),
      60,
      'firstLifetime for bots, in seconds. 0: botLifetime from the start.',
    ),
    bots: option(
      v.union([oneOf('crawlers', 'all'), v.array(text(BOTS), BOTS)], BOTS),
      'crawlers',
      'Who counts as a bot. crawlers: user agents that isbot detects, except HTTP libraries and apps (node, axios, okhttp, curl …). all: those too, and requests without a user agent. Or a list of texts: user agents that contain one of them.',
    ),
    botAccess: option(
      oneOf('exclusive', 'optimistic', 'readonly'),
      'exclusive',
      'The most access that a bot gets. exclusive: the lock, like people. optimistic: no lock; its changes are stored unless another request was faster. readonly: no lock and no record; nothing is ever stored.',
    ),
    minLifetime: option(lasting(), 60, 'No session gets fewer seconds than this.'),
    maxLifetime: option(lasting({ above: 0 }), 2_592_000, 'No session gets more seconds than this.'),
    absoluteLifetime: option(
      lasting(),
      0,
      'Seconds after its first write at which a session ends, however busy it is. 0 for never.',
    ),
    rotateAfter: option(
      lasting(),
      0,
      'Seconds after which a session gets a new id, so that an id that leaked is worth little for long: by the next request that holds its lock and can set its cookie, as session.rotate does. 0 for never. It does nothing with express-session, and PHP does not follow it.',
    ),
    users: option(
      group(users, 'an object'),
      {},
      'Who has logged in: see https://github.com/latchkey-js/latchkey/blob/main/docs/users.md',
    ),
    authenticated: option(group(authenticated, 'an object'), {}, 'Sessions whose user has logged in.'),
    encryption: option(
      encryption(environment),
      {},
      'Encryption of session data: see https://github.com/latchkey-js/latchkey/blob/main/docs/encryption.md',
    ),
    touchInterval: option(
      lasting(),
      60,
      'A session that is only read is kept alive at most once in this many seconds. 0 for every request.',
    ),
    compression: option(
      text('the name of a compression, such as "gzip" or "none"'),
      'snappy',
      'The library that compresses session data before it is stored: snappy and lz4 take the least time, gzip stores the least and every PHP neighbour can read it; also lzf, zstd (Node 22.15 and later), none, or a library of your own. Change it at any time: old data stays readable. latchkey bench says which one fits your sessions.',
    ),
    compressionLevel: option(
      v.nullable(v.pipe(v.number(LEVEL), v.safeInteger(LEVEL))),
      null,
      "How hard the library tries: gzip from 1 (fast) to 9 (small), zstd from -7 to 19; lzf, lz4 and snappy have no levels. null for the library's own default, which is 1 for gzip and zstd.",
    ),
    compressionThreshold: option(
      size(LARGEST),
      2048,
      'Bytes from which data is compressed. Smaller data is stored as it is, and so is data that would not get smaller. 0 compresses all.',
    ),
    maxSize: option(
      size(LARGEST),
      1_048_576,
      'Bytes of a serialized session; a larger one is not written. 0 for no limit.',
    ),
    maxDecompressedSize: option(
      size(LARGEST),
      4_194_304,
      'Bytes that a read may decompress to, at least maxSize. 0 for no limit.',
    ),
    logLevel: option(
      oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
      'info',
      'The least severe event that is logged.',
    ),
  })
}

const URLS = 'redis://…, rediss://… or unix:///path, its parts percent-encoded, or null'
const BOTS = '"crawlers", "all" or a list of texts'
const PREFIX = 'a text of 1 to 64 characters without white space'
const LEVEL = 'a whole number, or null'
const MANY = 1_000_000_000
/** Bytes: the longest string of Redis. */
const LARGEST = 536_870_912

/** What ioredis would misread without a word, or choke on later: no host, a database that is no number, a stray "%". */
function leadsToRedis(url: string): boolean {
  try {
    const { protocol, hostname, pathname, username, password } = new URL(url)
    decodeURIComponent(username + password + pathname)
    return protocol === 'unix:'
      ? hostname === '' && pathname.length > 1
      : hostname !== '' && /^\/?\d*$/.test(pathname)
  } catch {
    return false
  }
}

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T

export type OptionsSchema = ReturnType<typeof optionsSchema>
/** The options after their defaults: every one is there, a time in seconds, and a size in bytes. */
export type Options = DeepReadonly<v.InferOutput<OptionsSchema>>
/** What the schema accepts. `OptionsInput` is the same, written out for editors. */
export type AcceptedOptions = DeepReadonly<v.InferInput<OptionsSchema>> & { readonly $schema?: string }
