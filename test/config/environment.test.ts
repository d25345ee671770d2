import { describe, expect, test } from '@jest/globals'
import { loadOptions } from '../../src/config/load.ts'
import { optionsSchema } from '../../src/config/options.ts'
import { refusal } from './support.ts'

describe('a variable is read as what its option is', () => {
  test.each<[string, string, unknown]>([
    ['LATCHKEY_BREAK_AFTER', '0.25', { breakAfter: 0.25 }],
    ['LATCHKEY_BREAK_AFTER', '1e1', { breakAfter: 10 }],
    ['LATCHKEY_LOCKING', 'false', { locking: false }],
    ['LATCHKEY_LOCKING', '0', { locking: false }],
    ['LATCHKEY_MAX_SIZE', '0', { maxSize: 0 }],
    ['LATCHKEY_COMPRESSION_LEVEL', 'null', { compressionLevel: null }],
    ['LATCHKEY_LOG_LEVEL', 'silent', { logLevel: 'silent' }],
    ['LATCHKEY_PREFIX', '42', { prefix: '42' }],
    ['LATCHKEY_REDIS_COMMAND_TIMEOUT', '2', { redis: { commandTimeout: 2 } }],
    ['LATCHKEY_REDIS_PASSWORD', '12345', { redis: { password: '12345' } }],
    ['LATCHKEY_REDIS_PASSWORD', '"true"', { redis: { password: '"true"' } }],
    ['LATCHKEY_REDIS_USERNAME', 'null', { redis: { username: null } }],
    ['LATCHKEY_REDIS_TLS', '1', { redis: { tls: true } }],
    [
      'LATCHKEY_REDIS_TLS',
      '{"servername":"r"}',
      { redis: { tls: { servername: 'r', rejectUnauthorized: true } } },
    ],
    [
      'LATCHKEY_REDIS_CLUSTER',
      '{"nodes":[{"host":"a","port":1}]}',
      { redis: { cluster: { nodes: [{ port: 1 }] } } },
    ],
  ])('%s=%s', async (name, text, options) => {
    expect(loadOptions({}, { [name]: text })).toMatchObject(options as object)
  })
})

test('every option has a variable', async () => {
  const { redis, ...flat } = optionsSchema({}).entries
  const names = [...Object.keys(flat), ...Object.keys(redis.wrapped.entries).map(key => `redis_${key}`)]
  for (const name of names.map(one => `LATCHKEY_${one.replace(/[A-Z]/g, '_$&').toUpperCase()}`)) {
    expect(() => loadOptions({}, { [name]: '' })).toThrow(`got "" (${name})`)
  }
})

describe('a text that does not fit is refused, and the variable is named', () => {
  test.each<[string, string, string]>([
    ...['abc', '1e', '', ' ', '0x10', 'null', 'NaN'].map((text): [string, string, string] => [
      'LATCHKEY_BREAK_AFTER',
      text,
      `breakAfter: expected a number of seconds above 0, or a duration such as "30s", got ${JSON.stringify(text)} (LATCHKEY_BREAK_AFTER)`,
    ]),
    ['LATCHKEY_LEASE', '1e999', 'lease: expected at most 86400 seconds, got Infinity (LATCHKEY_LEASE)'],
    ['LATCHKEY_LOCKING', 'yes', 'locking: expected true or false, got "yes" (LATCHKEY_LOCKING)'],
    [
      'LATCHKEY_REDIS_TLS',
      '__proto__',
      'redis.tls: expected true, false or an object, got a text (LATCHKEY_REDIS_TLS)',
    ],
    [
      'LATCHKEY_REDIS_CLUSTER',
      '{"nodes":[{"host":"a"}]}',
      'redis.cluster.nodes.0.port: expected a value, got nothing (LATCHKEY_REDIS_CLUSTER)',
    ],
    ['LATCHKEY_CONFIG', '', 'LATCHKEY_CONFIG: "" cannot be read: ENOENT: no such file or directory'],
  ])('%s=%s', async (name, text, message) => {
    expect((await refusal({}, { [name]: text })).message).toBe(message)
  })
})

describe('an unknown variable is refused, and the one that was probably meant is told', () => {
  test.each([
    ['LATCHKEY_BRAEK_AFTER', ': did you mean LATCHKEY_BREAK_AFTER?'],
    ['LATCHKEY_BREAKAFTER', ': did you mean LATCHKEY_BREAK_AFTER?'],
    ['LATCHKEY_HOST', ': use LATCHKEY_REDIS_HOST'],
    ['LATCHKEY_CONFG', ': did you mean LATCHKEY_CONFIG?'],
    ['LATCHKEY_WIBBLE', ''],
    ['LATCHKEY___PROTO__', ''],
  ])('%s', async (name, hint) => {
    expect((await refusal({}, { [name]: '1' })).message).toBe(`${name} is not an option${hint}`)
  })
})

test('variables of other programs are none of ours', async () => {
  expect(loadOptions({}, { LATCH: 'x', REDIS_HOST: 'x', latchkey_lease: 'x' })).toEqual(loadOptions({}, {}))
})
