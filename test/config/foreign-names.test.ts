import { describe, expect, test } from '@jest/globals'
import { refusal } from './support.ts'

describe('a name from another library is refused with the name of ours', () => {
  test.each<[string, unknown, string]>([
    ['connect-redis', { ttl: 60 }, 'ttl is not an option: use lifetime, in seconds'],
    [
      'connect-redis',
      { disableTouch: true },
      'disableTouch is not an option: use keepsAlive: () => false of the middleware',
    ],
    [
      'connect-redis',
      { disableTTL: true },
      'disableTTL is not an option: leave it out; every session ends some day, so raise lifetime and maxLifetime',
    ],
    [
      'connect-redis',
      { client: {} },
      'client is not an option: pass it in the second argument, createSessions(options, { client })',
    ],
    [
      'connect-redis',
      { serializer: JSON },
      'serializer is not an option: leave it out; data is stored as JSON, or for PHP as php.serializer says, and compression says how it is packed',
    ],
    ['connect-redis', { scanCount: 10 }, 'scanCount is not an option: leave it out; SCAN paces itself'],
    ['ioredis', { host: 'h' }, 'host is not an option: use redis.host'],
    ['ioredis', { port: 1 }, 'port is not an option: use redis.port'],
    ['ioredis', { url: 'redis://h' }, 'url is not an option: use redis.url'],
    ['ioredis', { redis: { keyPrefix: 'a' } }, 'redis.keyPrefix is not an option: use prefix'],
    [
      'ioredis',
      { redis: { sentinels: [] } },
      'redis.sentinels is not an option: use redis.sentinel, { "name", "nodes" }',
    ],
    ['node-redis', { redis: { database: 1 } }, 'redis.database is not an option: use redis.db'],
    [
      'node-redis',
      { redis: { socket: {} } },
      'redis.socket is not an option: use redis.host, redis.port, redis.path and redis.tls',
    ],
    [
      'express-session',
      { secret: 'x' },
      'secret is not an option: pass it to the middleware, session({ sessions, secret })',
    ],
    [
      'express-session',
      { cookie: {} },
      'cookie is not an option: pass it to the middleware, session({ sessions, cookie })',
    ],
    [
      'express-session',
      { maxAge: 1 },
      'maxAge is not an option: use lifetime, in seconds, and cookie.maxAge of the middleware',
    ],
    [
      'express-session',
      { resave: false },
      'resave is not an option: leave it out; sessions that did not change are never written',
    ],
    [
      'express-session',
      { saveUninitialized: false },
      'saveUninitialized is not an option: leave it out; empty sessions are never stored',
    ],
    [
      'the second argument',
      { logger: {} },
      'logger is not an option: pass it in the second argument, createSessions(options, { logger })',
    ],
    [
      'the second argument',
      { onEvent: () => {} },
      'onEvent is not an option: pass it in the second argument, createSessions(options, { onEvent })',
    ],
  ])('%s: %p', (_, input, message) => {
    expect(refusal(input).message).toBe(`${message} (in the code)`)
  })

  test('in the environment with our variable', () => {
    expect(refusal({}, { LATCHKEY_TTL: '60' }).message).toBe(
      'LATCHKEY_TTL is not an option: use LATCHKEY_LIFETIME, in seconds',
    )
    expect(refusal({}, { LATCHKEY_URL: 'redis://h' }).message).toBe(
      'LATCHKEY_URL is not an option: use LATCHKEY_REDIS_URL',
    )
    expect(refusal({}, { LATCHKEY_DISABLE_TOUCH: '1' }).message).toContain('use keepsAlive: () => false')
  })

  test.each(['constructor', '__proto__', 'toString'])(
    'and %s, which every object has, is no name of others',
    name => {
      const input = JSON.parse(`{ "${name}": 1 }`)
      expect(refusal(input).message).toBe(`${name} is not an option (in the code)`)
    },
  )
})

test('a store of the application is not the option store', () => {
  expect(refusal({ store: new Map() }).message).toBe(
    'store: expected one of "redis", "memory", got an instance of a class (the code): pass a store of your own in the second argument, createSessions(options, { store })',
  )
})

describe('an address without its scheme is refused with the one to write', () => {
  test.each(['localhost:6379', 'redis:6379', '10.0.0.5:7000', 'cache.example.com:6380/2'])('%s', url => {
    expect(refusal({}, { REDIS_URL: url }).message).toBe(
      `redis.url: expected redis://…, rediss://… or unix:///path, its parts percent-encoded, or null, got "${url}" (REDIS_URL): did you mean "redis://${url}"?`,
    )
  })

  test.each(['u:hunter2@h:6379', ':hunter2@h', 'hunter2:99'])(
    'without repeating what may be a password: %s',
    url => {
      const { message } = refusal({ redis: { url } })
      expect(message).toMatch(/, got a text without "redis:\/\/" in front \(the code\)$/)
    },
  )
})
