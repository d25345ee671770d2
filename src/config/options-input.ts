// Written by `npm run schema` from options.ts. Change that file, not this one.
import type { Duration, Size } from './units.ts'

/**
 * The options of `createSessions`, each optional. Numbers of time are seconds, and numbers of size are bytes.
 */
export interface OptionsInput {
  /** For editors: `./node_modules/latchkey/config.schema.json`. */
  readonly $schema?: string | undefined
  /** The server. */
  readonly redis?: RedisOptions | undefined
  /**
   * For sessions that PHP serves too: data is stored in PHP's text instead of JSON. Then naming is plain,
   * compression gzip by default, and the cookie is PHP's: unsigned, PHPSESSID. A later layer replaces the
   * whole object. Default: `null`.
   */
  readonly php?: PhpOptions | null | undefined
  /**
   * memory keeps sessions in this process, for development: they are lost when it ends. Default: `"redis"`.
   */
  readonly store?: 'redis' | 'memory' | undefined
  /**
   * The key of every record begins with it. Braces make a hash tag: with {shop}_ all sessions are in one
   * cluster slot, which is rarely wanted. Default: `"sess_"`.
   */
  readonly prefix?: string | undefined
  /**
   * hashed names a record base64url(SHA-256(id)), so that a dump of Redis holds no usable id. plain uses the
   * id itself, which is needed to share sessions with PHP. Default: `"hashed"`.
   */
  readonly naming?: 'hashed' | 'plain' | undefined
  /**
   * true turns sessions that connect-redis stored under the prefix into records when they are first opened,
   * so that all visitors stay logged in. It needs naming plain and the right +get. Default: `false`.
   */
  readonly adopt?: boolean | undefined
  /** false opens every session without taking its lock. Default: `true`. */
  readonly locking?: boolean | undefined
  /**
   * Seconds that one holder may keep the lock while a waiter watches, before that waiter breaks it. Raise it
   * above your slowest request. Default: `30`.
   */
  readonly breakAfter?: number | Duration | undefined
  /** Seconds, beyond breakAfter, after which a waiter gives up. Default: `15`. */
  readonly failAfter?: number | Duration | undefined
  /**
   * Seconds that a request waits for a lock before a warning names it and the holder. 0 for never.
   * Default: `1`.
   */
  readonly warnAfter?: number | Duration | undefined
  /** Requests that may wait for one session; the next is refused at once. 0 for no limit. Default: `100`. */
  readonly maxConcurrency?: number | undefined
  /** Requests that may wait in this process. 0 for no limit. Default: `10000`. */
  readonly maxWaiting?: number | undefined
  /**
   * Seconds that a holder counts as alive without renewing. A crash blocks its session for this long at most.
   * Raise it if the event loop may be blocked for longer. Default: `10`.
   */
  readonly lease?: number | Duration | undefined
  /**
   * What happens when a waiter gives up. proceed: it gets the data without the lock, and its commit is
   * refused. throw: it gets an error. Default: `"proceed"`.
   */
  readonly giveUp?: 'proceed' | 'throw' | undefined
  /** Seconds that an idle session lives. Default: `86400`. */
  readonly lifetime?: number | Duration | undefined
  /**
   * Seconds that a session lives after its first request, and twice as long after its second; lifetime from
   * the third on. 0 (default): lifetime from the start. Cm_RedisSession has 600, which makes sense only if
   * every visitor gets a session. Default: `0`.
   */
  readonly firstLifetime?: number | Duration | undefined
  /**
   * lifetime for bots, in seconds. 0 treats bots like people. After a regenerate a session counts as one of
   * people. Default: `7200`.
   */
  readonly botLifetime?: number | Duration | undefined
  /** firstLifetime for bots, in seconds. 0: botLifetime from the start. Default: `60`. */
  readonly botFirstLifetime?: number | Duration | undefined
  /**
   * Who counts as a bot. crawlers: user agents that isbot detects, except HTTP libraries and apps (node,
   * axios, okhttp, curl …). all: those too, and requests without a user agent. Or a list of texts: user
   * agents that contain one of them. Default: `"crawlers"`.
   */
  readonly bots?: 'crawlers' | 'all' | readonly string[] | undefined
  /**
   * The most access that a bot gets. exclusive: the lock, like people. optimistic: no lock; its changes are
   * stored unless another request was faster. readonly: no lock and no record; nothing is ever stored.
   * Default: `"exclusive"`.
   */
  readonly botAccess?: 'exclusive' | 'optimistic' | 'readonly' | undefined
  /** No session gets fewer seconds than this. Default: `60`. */
  readonly minLifetime?: number | Duration | undefined
  /** No session gets more seconds than this. Default: `2592000`. */
  readonly maxLifetime?: number | Duration | undefined
  /** Seconds after its first write at which a session ends, however busy it is. 0 for never. Default: `0`. */
  readonly absoluteLifetime?: number | Duration | undefined
  /**
   * Seconds after which a session gets a new id, so that an id that leaked is worth little for long: by the
   * next request that holds its lock and can set its cookie, as session.rotate does. 0 for never. It does
   * nothing with express-session, and PHP does not follow it. Default: `0`.
   */
  readonly rotateAfter?: number | Duration | undefined
  /** Who has logged in: see https://github.com/latchkey-js/latchkey/blob/main/docs/users.md */
  readonly users?: UsersOptions | undefined
  /** Sessions whose user has logged in. */
  readonly authenticated?: AuthenticatedOptions | undefined
  /** Encryption of session data: see https://github.com/latchkey-js/latchkey/blob/main/docs/encryption.md */
  readonly encryption?: EncryptionOptions | undefined
  /**
   * A session that is only read is kept alive at most once in this many seconds. 0 for every request.
   * Default: `60`.
   */
  readonly touchInterval?: number | Duration | undefined
  /**
   * The library that compresses session data before it is stored: snappy and lz4 take the least time, gzip
   * stores the least and every PHP neighbour can read it; also lzf, zstd (Node 22.15 and later), none, or a
   * library of your own. Change it at any time: old data stays readable. latchkey bench says which one fits
   * your sessions. Default: `"snappy"`.
   */
  readonly compression?: string | undefined
  /**
   * How hard the library tries: gzip from 1 (fast) to 9 (small), zstd from -7 to 19; lzf, lz4 and snappy have
   * no levels. null for the library's own default, which is 1 for gzip and zstd. Default: `null`.
   */
  readonly compressionLevel?: number | null | undefined
  /**
   * Bytes from which data is compressed. Smaller data is stored as it is, and so is data that would not get
   * smaller. 0 compresses all. Default: `2048`.
   */
  readonly compressionThreshold?: number | Size | undefined
  /** Bytes of a serialized session; a larger one is not written. 0 for no limit. Default: `1048576`. */
  readonly maxSize?: number | Size | undefined
  /** Bytes that a read may decompress to, at least maxSize. 0 for no limit. Default: `4194304`. */
  readonly maxDecompressedSize?: number | Size | undefined
  /** The least severe event that is logged. Default: `"info"`. */
  readonly logLevel?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent' | undefined
}

/** Encryption of session data. */
export interface EncryptionOptions {
  /**
   * The first key whose from has come encrypts, and each decrypts. Put a new key first. An empty list
   * encrypts nothing. Default: `[]`.
   */
  readonly keys?: readonly EncryptionKeyOptions[] | undefined
  /**
   * true refuses records whose data is not encrypted. Set it once all are: without it, a program that can
   * write to Redis can store plaintext. Default: `false`.
   */
  readonly required?: boolean | undefined
  /**
   * Bytes: data is filled up to a multiple of this before it is encrypted, so that its length says less. 0
   * for its own length. Default: `0`.
   */
  readonly pad?: number | Size | undefined
}

/** A key of session data. */
export interface EncryptionKeyOptions {
  /** Stored beside what the key encrypts, so that it is found again. Never give it to another key. */
  readonly id: string
  /** 32 random bytes as hex or base64, or { "env": "NAME" } to keep them out of the file. */
  readonly key: string | { readonly env: string }
  /**
   * A date (UTC) or a time from which the key encrypts; null for always. It decrypts before that too, so that
   * every process can read what the first one writes. Default: `null`.
   */
  readonly from?: string | null | undefined
}

/** How long sessions live whose user has logged in. */
export interface AuthenticatedOptions {
  /**
   * Seconds that an idle session lives once its user has logged in; null for lifetime. firstLifetime and
   * those of bots do not hold then. Default: `null`.
   */
  readonly lifetime?: number | Duration | null | undefined
  /** Seconds after its login at which a session ends, however busy it is. Default: `2592000`. */
  readonly absoluteLifetime?: number | Duration | undefined
}

/** Who has logged in. */
export interface UsersOptions {
  /**
   * Makes a hash of each user's id, which is all that Redis sees of it: a text, or { "env": "NAME" }.
   * session.login needs it. Another secret makes other users of them. Default: `null`.
   */
  readonly secret?: string | { readonly env: string } | null | undefined
  /**
   * Seconds that a process believes a session of a user that it has looked up. A session that was ended while
   * the process that ended it died is open for no longer. 0 to look each time. Default: `10`.
   */
  readonly check?: number | Duration | undefined
}

/** How PHP stores the sessions that it shares. */
export interface PhpOptions {
  /** session.serialize_handler of PHP. Default: `"php"`. */
  readonly serializer?: 'php' | 'php_serialize' | 'php_binary' | undefined
  /**
   * Other defaults for the options that must agree with PHP's: redis.db, lifetime, firstLifetime, breakAfter,
   * and the name and age of the cookie. Default: `null`.
   */
  readonly preset?: 'magento' | 'openmage' | 'symfony-native' | null | undefined
}

/** Where Redis is, and how to reach it. */
export interface RedisOptions {
  /**
   * Where Redis is: redis://, rediss:// (TLS) or unix:///path. Its user, password and database win over those
   * options. One layer may name one place: url, path, host and port, sentinel or cluster. Code beats
   * environment, environment beats file. Whichever says where Redis is replaces the earlier address
   * completely. Default: `null`.
   */
  readonly url?: string | null | undefined
  /** Host name or address of Redis. See url for what wins. Default: `"127.0.0.1"`. */
  readonly host?: string | undefined
  /** TCP port of Redis. See url for what wins. Default: `6379`. */
  readonly port?: number | undefined
  /** Unix socket of Redis, instead of host and port. See url. Default: `null`. */
  readonly path?: string | null | undefined
  /** Number of the database. A cluster has 0 only. Default: `0`. */
  readonly db?: number | undefined
  /** ACL user: a text or { "env": "NAME" }. Default: `null`. */
  readonly username?: string | { readonly env: string } | null | undefined
  /** A text, or { "env": "NAME" } to keep it out of the file. Default: `null`. */
  readonly password?: string | { readonly env: string } | null | undefined
  /**
   * TLS to Redis: true to trust the authorities of the system, or an object to name your own.
   * Default: `false`.
   */
  readonly tls?: boolean | TlsOptions | undefined
  /** Finds the master through Redis Sentinel. A later layer replaces the whole object. Default: `null`. */
  readonly sentinel?: SentinelOptions | null | undefined
  /** Redis Cluster. A later layer replaces the whole object. Default: `null`. */
  readonly cluster?: ClusterOptions | null | undefined
  /** Seconds that connecting may take. Default: `1`. */
  readonly connectTimeout?: number | Duration | undefined
  /**
   * Seconds. A request is answered 503 when Redis takes longer than this. Lower it to fail faster.
   * Default: `0.9`.
   */
  readonly commandTimeout?: number | Duration | undefined
}

/** A Redis Cluster. */
export interface ClusterOptions {
  /** Some nodes; the others are discovered. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
}

/** A master that Redis Sentinel finds. */
export interface SentinelOptions {
  /** Name of the master in the sentinels. */
  readonly name: string
  /** Sentinels to ask, in this order. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  /** ACL user of the sentinels themselves. Default: `null`. */
  readonly username?: string | { readonly env: string } | null | undefined
  /** Password of the sentinels themselves. Default: `null`. */
  readonly password?: string | { readonly env: string } | null | undefined
  /** TLS to the sentinels. Default: `false`. */
  readonly tls?: boolean | TlsOptions | undefined
  /** Ask the server that was found whether it is a master. Default: `true`. */
  readonly verifyMaster?: boolean | undefined
}

/** TLS with certificates of your own. */
export interface TlsOptions {
  /** File with the certificates of the authorities, PEM. Default: `null`. */
  readonly ca?: string | null | undefined
  /** File with this client's certificate, PEM. Default: `null`. */
  readonly cert?: string | null | undefined
  /** File with this client's key, PEM. Default: `null`. */
  readonly key?: string | null | undefined
  /** Name to expect; null for the host. Default: `null`. */
  readonly servername?: string | null | undefined
  /** false accepts any certificate: for tests only. Default: `true`. */
  readonly rejectUnauthorized?: boolean | undefined
}
