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
      'breakAfter: expected a number of seconds above 0, or a duration such as "30s", got 0 (the code)',
    ],
    [
      { breakAfter: Number.NaN },
      'breakAfter: expected a number of seconds above 0, or a duration such as "30s", got NaN (the code)',
    ],
    [{ breakAfter: 1e9 }, 'breakAfter: expected at most 86400 seconds, got 1000000000 (the code)'],
    [
      { failAfter: -1 },
      'failAfter: expected a number of seconds, 0 or more, or a duration such as "30s", got -1 (the code)',
    ],
    [{ lease: 0.5 }, 'lease: expected at least 1 second, got 0.5 (the code)'],
    [
      { maxConcurrency: 1.5 },
      'maxConcurrency: expected a whole number from 0 to 1000000000, got 1.5 (the code)',
    ],
    [
      { maxSize: 10n },
      'maxSize: expected a whole number of bytes from 0 to 536870912, or a size such as "2kb", got a bigint (the code)',
    ],
    [{ locking: 'true' }, 'locking: expected true or false, got "true" (the code)'],
    [{ compressionLevel: 1.5 }, 'compressionLevel: expected a whole number, or null, got 1.5 (the code)'],
    [{ giveUp: null }, 'giveUp: expected one of "proceed", "throw", got null (the code)'],
    [{ redis: { port: 65536 } }, 'redis.port: expected a whole number from 1 to 65535, got 65536 (the code)'],
    [{ redis: null }, 'redis: expected an object, got null (the code)'],
    [{ redis: [] }, 'redis: expected a plain object, got an empty list (the code)'],
    [{ redis: new Map() }, 'redis: expected a plain object, got an instance of a class (the code)'],
    [[], 'options: expected a path or a plain object, got an empty list (the code)'],
    [null, 'options: expected a path or a plain object, got null (the code)'],
    [
      { redis: { sentinel: { name: 'm', nodes: [] } } },
      'redis.sentinel.nodes: expected a list of one or more { "host", "port" }, got an empty list (the code)',
    ],
    [
      { redis: { sentinel: { nodes: [node] } } },
      'redis.sentinel.name: expected a value, got nothing (the code)',
    ],
    [
      { redis: { cluster: { nodes: [{ ...node, port: '1' }] } } },
      'redis.cluster.nodes.0.port: expected a whole number from 1 to 65535, got "1" (the code)',
    ],
    [
      { redis: { tls: { ca: 5 } } },
      'redis.tls.ca: expected the path of a file, or null, got a number (the code)',
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
      'minLifetime: expected at most maxLifetime, got minLifetime 35d (the code) and maxLifetime 2592000 (the default): lower minLifetime or raise maxLifetime',
    ],
    [
      { maxSize: 2000 },
      { LATCHKEY_MAX_DECOMPRESSED_SIZE: '1000' },
      'maxDecompressedSize: expected 0 or at least maxSize, got maxDecompressedSize 1000 (LATCHKEY_MAX_DECOMPRESSED_SIZE) and maxSize 2000 (the code)',
    ],
    [
      { redis: { cluster: { nodes: [node] } } },
      { LATCHKEY_REDIS_DB: '1' },
      'redis.db: expected 0 in a cluster, got redis.db 1 (LATCHKEY_REDIS_DB)',
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
