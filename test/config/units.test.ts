import { describe, expect, test } from '@jest/globals'
import { loadOptions } from '../../src/config/load.ts'
import type { OptionsInput } from '../../src/config/options.ts'
import { file, refusal } from './support.ts'

describe('a duration is a number of seconds, or a text with its unit', () => {
  test.each<[NonNullable<OptionsInput['breakAfter']>, number]>([
    [30, 30],
    ['30s', 30],
    ['500ms', 0.5],
    ['1.5m', 90],
    ['15m', 900],
    ['8h', 28_800],
    ['1d', 86_400],
  ])('%j', (said, seconds) => {
    expect(loadOptions({ breakAfter: said }, {})).toHaveProperty('breakAfter', seconds)
    expect(loadOptions(file({ breakAfter: said }), {})).toHaveProperty('breakAfter', seconds)
    expect(loadOptions({}, { LATCHKEY_BREAK_AFTER: String(said) })).toHaveProperty('breakAfter', seconds)
  })

  test('for every option that is one', () => {
    const options: OptionsInput = {
      redis: { connectTimeout: '2s', commandTimeout: '800ms' },
      failAfter: '0s',
      warnAfter: '2s',
      lease: '5s',
      lifetime: '1w',
      firstLifetime: '10m',
      botLifetime: '2h',
      botFirstLifetime: '1m',
      minLifetime: '30s',
      maxLifetime: '30d',
      absoluteLifetime: '12h',
      touchInterval: '90s',
    }
    expect(loadOptions(options, {})).toMatchObject({
      redis: { connectTimeout: 2, commandTimeout: 0.8 },
      failAfter: 0,
      warnAfter: 2,
      lease: 5,
      lifetime: 604_800,
      firstLifetime: 600,
      botLifetime: 7200,
      botFirstLifetime: 60,
      minLifetime: 30,
      maxLifetime: 2_592_000,
      absoluteLifetime: 43_200,
      touchInterval: 90,
    })
  })
})

describe('a size is a number of bytes, or a text with its unit', () => {
  test.each<[NonNullable<OptionsInput['maxSize']>, number]>([
    [2048, 2048],
    ['512b', 512],
    ['2kb', 2048],
    ['2KB', 2048],
    ['1.5kb', 1536],
    ['1mb', 1_048_576],
  ])('%j', (said, bytes) => {
    const options = { maxSize: said, compressionThreshold: said, maxDecompressedSize: said }
    const resolved = { maxSize: bytes, compressionThreshold: bytes, maxDecompressedSize: bytes }
    expect(loadOptions(options, {})).toMatchObject(resolved)
    expect(loadOptions(file(options), {})).toMatchObject(resolved)
    expect(loadOptions({}, { LATCHKEY_MAX_SIZE: String(said) })).toHaveProperty('maxSize', bytes)
  })
})

test('the types know the units', () => {
  // @ts-expect-error no unit
  expect(() => loadOptions({ lease: '30' }, {})).toThrow()
  // @ts-expect-error not a unit of time
  expect(() => loadOptions({ lease: '30kb' }, {})).toThrow()
  // @ts-expect-error not a unit of size
  expect(() => loadOptions({ maxSize: '30s' }, {})).toThrow()
})

describe('a text that is no duration is refused', () => {
  test.each([
    '',
    '30',
    '-5s',
    '5 s',
    '5sec',
    '1h30m',
    's',
    '.5s',
    '5.s',
    '1e3s',
    'Infinitys',
    '5M',
    '5 minutes',
    '1y',
  ])('%j', said => {
    expect(refusal({ breakAfter: said }).message).toBe(
      `breakAfter: expected a number of seconds above 0, or a duration such as "30s", got "${said}" (the code)`,
    )
  })

  test('and one out of bounds is told as it was said', () => {
    expect(refusal({ breakAfter: '2d' }).message).toBe(
      'breakAfter: expected at most 86400 seconds, got "2d" (the code)',
    )
    expect(refusal({}, { LATCHKEY_LEASE: '500ms' }).message).toBe(
      'lease: expected at least 1 second, got "500ms" (LATCHKEY_LEASE)',
    )
    expect(refusal({ redis: { commandTimeout: '0s' } }).message).toBe(
      'redis.commandTimeout: expected a number of seconds above 0, or a duration such as "30s", got "0s" (the code)',
    )
  })
})

describe('a text that is no size is refused', () => {
  test.each(['', '2048', '-2kb', '2 kb', '2k', '2kib', '2xyz', 'kb', '9gb'])('%j', said => {
    expect(refusal({ maxSize: said }).message).toBe(
      `maxSize: expected a whole number of bytes from 0 to 536870912, or a size such as "2kb", got "${said}" (the code)`,
    )
  })
})

describe('a number of seconds that looks like milliseconds is refused, with what to write', () => {
  test.each<[unknown, string]>([
    [
      { breakAfter: 30_000 },
      'breakAfter: expected seconds, got 30000 (the code): it looks like milliseconds. Write 30, or "30000s" if you mean 30000 seconds',
    ],
    [
      { failAfter: 1500 },
      'failAfter: expected seconds, got 1500 (the code): it looks like milliseconds. Write 1.5, or "1500s" if you mean 1500 seconds',
    ],
    [
      { breakAfter: 120_000 },
      'breakAfter: expected seconds, got 120000 (the code): it looks like milliseconds. Write 120',
    ],
    [
      { touchInterval: 60_000 },
      'touchInterval: expected seconds, got 60000 (the code): it looks like milliseconds. Write 60, or "60000s" if you mean 60000 seconds',
    ],
    [
      { lifetime: 1_800_000 },
      'lifetime: expected seconds, got 1800000 (the code): it looks like milliseconds. Write 1800, or "1800000s" if you mean 1800000 seconds',
    ],
    [
      { maxLifetime: 86_400_000 },
      'maxLifetime: expected seconds, got 86400000 (the code): it looks like milliseconds. Write 86400, or "86400000s" if you mean 86400000 seconds',
    ],
    [
      { maxLifetime: 2_592_000_000 },
      'maxLifetime: expected seconds, got 2592000000 (the code): it looks like milliseconds. Write 2592000',
    ],
    [
      { redis: { commandTimeout: 900 } },
      'redis.commandTimeout: expected seconds, got 900 (the code): it looks like milliseconds. Write 0.9, or "900s" if you mean 900 seconds',
    ],
    [
      { redis: { connectTimeout: 5000 } },
      'redis.connectTimeout: expected seconds, got 5000 (the code): it looks like milliseconds. Write 5, or "5000s" if you mean 5000 seconds',
    ],
  ])('%j', (input, message) => {
    expect(refusal(input).message).toBe(message)
  })

  test('and once, even where it does not fit the other options either', () => {
    expect(refusal({ lifetime: 3_600_000 }).problems).toHaveLength(1)
  })

  test('from the file and from the environment too', () => {
    expect(refusal(file({ lease: 10_000 })).message).toContain('.json): it looks like milliseconds')
    expect(refusal({}, { LATCHKEY_LEASE: '10000' }).message).toContain(
      '(LATCHKEY_LEASE): it looks like milliseconds. Write 10, or "10000s"',
    )
  })

  test.each<OptionsInput>([
    { breakAfter: 3600 },
    { breakAfter: 1200, failAfter: 1800 },
    { breakAfter: 86_400 },
    { breakAfter: '30000s' },
    { lifetime: '1800000s' },
    { redis: { commandTimeout: 15, connectTimeout: 30 } },
    ...[1, 2, 3, 5, 7, 14, 15, 21, 30].map(days => ({ lifetime: days * 86_400 })),
    ...[1, 2, 4, 8, 12, 36].map(hours => ({ lifetime: hours * 3600, touchInterval: 300 })),
    ...[90, 100, 180, 365].map(days => ({ maxLifetime: days * 86_400 })),
  ])('what can be seconds is accepted: %j', input => {
    expect(() => loadOptions(input, {})).not.toThrow()
  })
})
