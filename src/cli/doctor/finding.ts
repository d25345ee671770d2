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
  commands: 'docs/commands.md',
  redis: 'docs/redis.md',
  sentinel: 'docs/redis.md#sentinel',
  promises: 'README.md#what-it-promises',
  options: 'README.md#options',
  record: 'README.md#the-record',
  compression: 'docs/compression.md',
  connectRedis: 'docs/express-session.md#in-connect-redis-place',
  eviction: 'https://redis.io/docs/latest/develop/reference/eviction/',
  persistence: 'https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/',
  replication: 'https://redis.io/docs/latest/operate/oss_and_stack/management/replication/',
  latency: 'https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency/',
  notifications: 'https://redis.io/docs/latest/develop/use/keyspace-notifications/',
}

export const good = (found: string): Finding => ({ level: 'good', found })
