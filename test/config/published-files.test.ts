import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { configFiles } from '../../scripts/schema.ts'
import { loadOptions } from '../../src/config/load.ts'

const inRoot = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const read = (name: string) => readFileSync(inRoot(name), 'utf8')

test('config.schema.json and config.example.json are what scripts/schema.ts writes now', async () => {
  for (const [name, text] of Object.entries(await configFiles())) expect(read(name)).toBe(text)
})

test('config.example.json names every option, at its default', async () => {
  const defaults = loadOptions({}, {})
  expect(loadOptions(inRoot('config.example.json'), {})).toEqual(defaults)
  const { $schema, ...example } = JSON.parse(read('config.example.json'))
  expect($schema).toBe('./config.schema.json')
  expect(example).toEqual(defaults)
})

test('config.schema.json describes every option with its default', () => {
  const { properties, additionalProperties } = JSON.parse(read('config.schema.json'))
  const { $schema, redis, ...flat } = properties
  expect($schema).toEqual({ type: 'string' })
  expect(additionalProperties).toBe(false)
  for (const option of Object.values({ ...flat, ...redis.properties })) {
    expect(option).toMatchObject({ description: expect.any(String) })
    expect(option).toHaveProperty('default')
  }
  expect(flat.breakAfter).toMatchObject({
    anyOf: [
      { type: 'number', exclusiveMinimum: 0, maximum: 86400 },
      { type: 'string', pattern: expect.any(String) },
    ],
    default: 30,
  })
  expect('1.5h').toMatch(new RegExp(flat.breakAfter.anyOf[1].pattern))
  expect('2KB').toMatch(new RegExp(flat.maxSize.anyOf[1].pattern))
})

test('the defaults are the documented ones', async () => {
  expect(loadOptions({}, {})).toEqual({
    redis: {
      url: null,
      host: '127.0.0.1',
      port: 6379,
      path: null,
      db: 0,
      username: null,
      password: null,
      tls: false,
      sentinel: null,
      cluster: null,
      connectTimeout: 1,
      commandTimeout: 0.9,
    },
    php: null,
    store: 'redis',
    prefix: 'sess_',
    naming: 'hashed',
    adopt: false,
    locking: true,
    breakAfter: 30,
    failAfter: 15,
    warnAfter: 1,
    maxConcurrency: 100,
    maxWaiting: 10000,
    lease: 10,
    giveUp: 'proceed',
    lifetime: 86400,
    firstLifetime: 0,
    botLifetime: 7200,
    botFirstLifetime: 60,
    bots: 'crawlers',
    botAccess: 'exclusive',
    minLifetime: 60,
    maxLifetime: 2592000,
    absoluteLifetime: 0,
    rotateAfter: 0,
    users: { secret: null, check: 10 },
    authenticated: { lifetime: null, absoluteLifetime: 2_592_000 },
    encryption: { keys: [], required: false, pad: 0 },
    touchInterval: 60,
    compression: 'snappy',
    compressionLevel: null,
    compressionThreshold: 2048,
    maxSize: 1048576,
    maxDecompressedSize: 4194304,
    logLevel: 'info',
  })
})
