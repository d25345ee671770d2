import { describe, expect, test } from '@jest/globals'
import { loadOptions } from '../../src/config/load.ts'
import type { OptionsInput } from '../../src/config/options.ts'
import { file, refusal } from './support.ts'

const node = { host: 'a', port: 7000 }

describe('an option within its bounds is accepted', () => {
  test.each<OptionsInput>([
    { breakAfter: 0.05 },
    { failAfter: 0, maxConcurrency: 0, maxWaiting: 0, absoluteLifetime: 0, touchInterval: 0, maxSize: 0 },
    { firstLifetime: 0, botLifetime: 0, botFirstLifetime: 0, minLifetime: 0 },
    { lease: 1, compressionLevel: 9, prefix: 'x'.repeat(64), compression: 'lz4' },
    { maxSize: 10_000_000, maxDecompressedSize: 0 },
    { maxSize: 0, maxDecompressedSize: 10 },
    { redis: { tls: { ca: file('a certificate'), rejectUnauthorized: false } } },
  ])('%j', async input => {
    expect(await loadOptions(input, {})).toMatchObject(input)
  })
})

describe('a value that no option can have is refused with what was expected and what came', () => {
  test.each<[unknown, string]>([
    [
      { breakAfter: 0 },
      'breakAfter must be a number of seconds above 0, or a duration such as "30s", but the code says 0',
    ],
    [
      { breakAfter: Number.NaN },
      'breakAfter must be a number of seconds above 0, or a duration such as "30s", but the code says NaN',
    ],
    [{ breakAfter: 1e9 }, 'breakAfter must be at most 86400 seconds, but the code says 1000000000'],
    [
      { failAfter: -1 },
      'failAfter must be a number of seconds, 0 or more, or a duration such as "30s", but the code says -1',
    ],
    [{ lease: 0.5 }, 'lease must be at least 1 second, but the code says 0.5'],
    [
      { maxConcurrency: 1.5 },
      'maxConcurrency must be a whole number from 0 to 1000000000, but the code says 1.5',
    ],
    [
      { maxSize: 10n },
      'maxSize must be a whole number of bytes from 0 to 536870912, or a size such as "2kb", but the code says a bigint',
    ],
    [{ locking: 'true' }, 'locking must be true or false, but the code says "true"'],
    [{ compressionLevel: 1.5 }, 'compressionLevel must be a whole number, or null, but the code says 1.5'],
    [{ giveUp: null }, 'giveUp must be one of "proceed", "throw", but the code says null'],
    [
      { redis: { port: 65536 } },
      'redis.port must be a whole number from 1 to 65535, but the code says 65536',
    ],
    [{ redis: null }, 'redis must be an object, but the code says null'],
    [{ redis: [] }, 'redis must be a plain object, but the code says an empty list'],
    [{ redis: new Map() }, 'redis must be a plain object, but the code says an instance of a class'],
    [[], 'options must be a path or a plain object, but the code says an empty list'],
    [null, 'options must be a path or a plain object, but the code says null'],
    [
      { redis: { sentinel: { name: 'm', nodes: [] } } },
      'redis.sentinel.nodes must be a list of one or more { "host", "port" }, but the code says an empty list',
    ],
    [
      { redis: { sentinel: { nodes: [node] } } },
      'redis.sentinel.name must be given, but the code says nothing',
    ],
    [
      { redis: { cluster: { nodes: [{ ...node, port: '1' }] } } },
      'redis.cluster.nodes.0.port must be a whole number from 1 to 65535, but the code says "1"',
    ],
    [
      { redis: { tls: { ca: 5 } } },
      'redis.tls.ca must be the path of a file, or null, but the code says a number',
    ],
  ])('%p', async (input, message) => {
    expect((await refusal(input)).message).toBe(message)
  })

  test.each(['', 'a b', 'a\n', 'x'.repeat(65)])('the prefix %j', async prefix => {
    expect((await refusal({ prefix })).option).toBe('prefix')
  })
})

describe('options that are impossible together are refused with where each came from', () => {
  test.each<[OptionsInput, NodeJS.ProcessEnv, string]>([
    [
      { minLifetime: '35d' },
      {},
      'minLifetime must be at most maxLifetime, but minLifetime is 35d (the code) and maxLifetime is 2592000 (the default): lower minLifetime or raise maxLifetime',
    ],
    [
      { maxSize: 2000 },
      { LATCHKEY_MAX_DECOMPRESSED_SIZE: '1000' },
      'maxDecompressedSize must be 0 or at least maxSize, but maxDecompressedSize is 1000 (LATCHKEY_MAX_DECOMPRESSED_SIZE) and maxSize is 2000 (the code)',
    ],
    [
      { redis: { cluster: { nodes: [node] } } },
      { LATCHKEY_REDIS_DB: '1' },
      'redis.db must be 0 in a cluster, but redis.db is 1 (LATCHKEY_REDIS_DB)',
    ],
  ])('%j', async (input, environment, message) => {
    expect((await refusal(input, environment)).message).toBe(message)
  })
})

describe('an unknown name is refused, and the one that was probably meant is told', () => {
  test.each<[string, unknown, string]>([
    ['misspelt', { brekAfter: 1 }, 'brekAfter is not an option: did you mean breakAfter?'],
    ['in another case', { break_after: 1 }, 'break_after is not an option: did you mean breakAfter?'],
    ['in a group', { redis: { prot: 1 } }, 'redis.prot is not an option: did you mean redis.port?'],
    ['outside its group', { password: 'x' }, 'password is not an option: did you mean redis.password?'],
    ['in the wrong group', { redis: { lease: 1 } }, 'redis.lease is not an option: did you mean lease?'],
    [
      'in a list',
      { redis: { cluster: { nodes: [{ ...node, hots: 'b' }] } } },
      'redis.cluster.nodes.0.hots is not an option: did you mean redis.cluster.nodes.host?',
    ],
    ['like nothing', { wibble: 1 }, 'wibble is not an option'],
    ['with a line break', { 'a\nb': 1 }, '"a\\nb" is not an option'],
  ])('%s', async (_, input, message) => {
    expect((await refusal(input)).message).toBe(`${message} (in the code)`)
  })
})
