import { docs } from '../package.ts'

/**
 * `loss` sessions are lost, or will be: exit code 1 · `warning` it costs time, memory or a night's sleep · `note` worth knowing,
 * or not checked · `good` as it should be
 */
export type Level = 'loss' | 'warning' | 'note' | 'good'

export interface Finding {
  readonly level: Level
  /** One sentence. */
  readonly found: string
  /** What to do; none where all is well. */
  readonly remedy?: string
  /** Where to read on. */
  readonly link?: string
}

export const LINKS = {
  redis: docs('redis.md'),
  sentinel: docs('redis.md#sentinel'),
  options: docs('configuration.md#options'),
  record: docs('record.md'),
  user: docs('operations.md#a-redis-user-of-its-own'),
  cluster: docs('redis.md#cluster'),
  php: docs('migrating.md#from-cm_redissession'),
  sharing: docs('php.md'),
  compression: docs('compression.md'),
  encryption: docs('encryption.md'),
  rotation: docs('encryption.md#change-a-key'),
  connectRedis: docs('migrating.md#from-connect-redis'),
  eviction: 'https://redis.io/docs/latest/develop/reference/eviction/',
  persistence: 'https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/',
  replication: 'https://redis.io/docs/latest/operate/oss_and_stack/management/replication/',
  latency: 'https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency/',
  notifications: 'https://redis.io/docs/latest/develop/use/keyspace-notifications/',
}

export const good = (found: string): Finding => ({ level: 'good', found })
