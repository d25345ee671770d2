import { describe, expect, test } from '@jest/globals'
import { loadOptions } from '../../src/config/load.ts'
import type { OptionsInput } from '../../src/config/options.ts'
import { file, refusal } from './support.ts'

type Redis = NonNullable<OptionsInput['redis']>

const nowhere = { url: null, host: '127.0.0.1', port: 6379, path: null, sentinel: null, cluster: null }
const nodes = [{ host: 'n', port: 1 }]
const sentinel = { name: 'm', nodes }

describe('the last layer that says where Redis is wins entirely', () => {
  test.each<[string, Redis, NodeJS.ProcessEnv, Redis, Redis]>([
    ['a port over a url', { url: 'redis://a:1' }, { LATCHKEY_REDIS_PORT: '2' }, {}, { port: 2 }],
    ['a url over a host', { host: 'a', port: 1 }, { REDIS_URL: 'redis://b' }, {}, { url: 'redis://b' }],
    ['a path over a url', {}, { REDIS_URL: 'redis://b' }, { path: '/s' }, { path: '/s' }],
    ['a host over a path', { path: '/s' }, {}, { host: 'a' }, { host: 'a' }],
    ['a url over a sentinel', { sentinel }, { LATCHKEY_REDIS_URL: 'redis://b' }, {}, { url: 'redis://b' }],
    ['a cluster over a sentinel', { sentinel }, {}, { cluster: { nodes } }, { cluster: { nodes } }],
    ['host and port are one place', { host: 'a' }, { LATCHKEY_REDIS_PORT: '2' }, {}, { host: 'a', port: 2 }],
    [
      'no host is left over from before a url',
      { host: 'a' },
      { REDIS_URL: 'redis://b' },
      { port: 3 },
      { port: 3 },
    ],
    ['null takes a place back and is none', { url: 'redis://a' }, {}, { url: null }, {}],
    [
      'what is no place stays',
      { url: 'redis://a', db: 3 },
      { LATCHKEY_REDIS_PORT: '2' },
      {},
      { port: 2, db: 3 },
    ],
    ['LATCHKEY_REDIS_URL', {}, { LATCHKEY_REDIS_URL: 'redis://a', REDIS_URL: '?' }, {}, { url: 'redis://a' }],
    ['REDIS_URL is weaker', {}, { LATCHKEY_REDIS_HOST: 'a', REDIS_URL: 'redis://b' }, {}, { host: 'a' }],
  ])('%s', async (_, inFile, environment, redis, expected) => {
    const options = loadOptions(file({ redis: inFile }), environment, { redis })
    expect(options.redis).toMatchObject({ ...nowhere, ...expected })
  })
})

test('a file may list the default places beside the one that counts', async () => {
  const { redis } = loadOptions({ redis: { ...nowhere, url: 'redis://a' } }, {})
  expect(redis).toMatchObject({ ...nowhere, url: 'redis://a' })
})

describe('two places in one layer are refused', () => {
  test.each<[Redis, string]>([
    [{ url: 'redis://a', host: 'b' }, 'redis.url (the code) and redis.host (the code)'],
    [{ path: '/s', port: 7000 }, 'redis.path (the code) and redis.port (the code)'],
    [{ sentinel, cluster: { nodes } }, 'redis.sentinel (the code) and redis.cluster (the code)'],
    [{ url: 'redis://a', cluster: { nodes } }, 'redis.url (the code) and redis.cluster (the code)'],
  ])('%j', async (redis, both) => {
    expect((await refusal({ redis })).message).toBe(`redis: expected one place of Redis, got ${both}`)
  })
})

describe('a url that leads to Redis is accepted', () => {
  test.each([
    'redis://h',
    'redis://u:p%40@h:1/2',
    'rediss://:p@h',
    'redis://[::1]:6379',
    'unix:///run/redis.sock',
  ])('%s', async url => expect(loadOptions({ redis: { url } }, {}).redis.url).toBe(url))
})

describe('a url that leads nowhere is refused without its credentials', () => {
  test.each<[string, string]>([
    ['http://u:hunter2@h', '"http://…"'],
    ['redis://u:hunter2@', '"redis://…"'],
    ['redis://u:hunt/er2@h', '"redis://…"'],
    ['redis://u:hunter2%zz@h', '"redis://…"'],
    ['redis://u:hunter2@h/zero', '"redis://…"'],
    ['redis://u:hunter2@h:99999', '"redis://…"'],
    ['unix://u:hunter2@h/s', '"unix://…"'],
    ['u:hunter2@h', 'a text without "redis://" in front'],
    ['', '""'],
  ])('%j', async (url, said) => {
    const { message, option } = await refusal({}, { REDIS_URL: url })
    expect(message.endsWith(`, got ${said} (REDIS_URL)`)).toBe(true)
    expect(option).toBe('redis.url')
  })
})
