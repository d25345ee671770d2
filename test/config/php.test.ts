import { describe, expect, test } from '@jest/globals'
import { createRegistry } from '../../src/codec/registry.ts'
import { loadOptions } from '../../src/config/load.ts'
import type { Problem } from '../../src/config/option-error.ts'
import type { OptionsInput } from '../../src/config/options.ts'
import { file, refusal } from './support.ts'

function doubtsOf(options: OptionsInput): string[] {
  const told: Problem[] = []
  loadOptions(options, {}, {}, undefined, problem => told.push(problem))
  return told.map(({ message }) => message)
}

test('with php names are plain, the compression is gzip, and the rest is as without', () => {
  expect(loadOptions({ php: {} }, {})).toEqual({
    ...loadOptions({}, {}),
    php: { serializer: 'php', preset: null },
    naming: 'plain',
    compression: 'gzip',
  })
})

test.each(['magento', 'openmage'] as const)(
  '%s has the database, the lifetimes and the patience of its setup',
  preset => {
    expect(loadOptions({ php: { preset } }, {})).toMatchObject({
      redis: { db: 2 },
      ...{ prefix: 'sess_', breakAfter: 5, firstLifetime: 600, lifetime: 3600, naming: 'plain' },
    })
  },
)

test('every layer says better than a preset', () => {
  const source = file({ php: { preset: 'magento' }, lifetime: 100, redis: { db: 5 } })
  const options = loadOptions(source, { LATCHKEY_BREAK_AFTER: '7' }, { firstLifetime: 0 })
  expect(options).toMatchObject({ redis: { db: 5 }, lifetime: 100, breakAfter: 7, firstLifetime: 0 })
})

test('php comes from any layer, as a whole, and null takes it back', () => {
  const environment = { LATCHKEY_PHP: '{"serializer":"php_binary"}' }
  const source = file({ php: { preset: 'magento' } })
  expect(loadOptions(source, environment)).toMatchObject({
    php: { serializer: 'php_binary', preset: null },
    redis: { db: 0 },
  })
  expect(loadOptions(source, {}, { php: null })).toMatchObject({
    php: null,
    naming: 'hashed',
    redis: { db: 0 },
  })
})

describe('what cannot be together with php is refused', () => {
  test.each<[OptionsInput, string]>([
    [
      { naming: 'hashed' },
      "naming: expected plain where php is given, got naming hashed (the code): PHP's key holds the id itself. Leave it out",
    ],
    [
      { compression: 'zstd' },
      'compression: expected gzip or none where php is given, got compression zstd (the code): PHP cannot read it, and its requests would fail with the lock taken. Leave it out',
    ],
    [
      { adopt: true },
      'adopt: expected false where php is given, got adopt true (the code): what it adopts is JSON, which PHP cannot read',
    ],
  ])('%j', (options, message) => {
    expect(refusal({ php: {}, ...options }).message).toContain(message)
  })
})

test('keys that encrypt are refused: PHP could not read the sessions', () => {
  const key = 'k'.repeat(43)
  const { message } = refusal({ php: {}, encryption: { keys: [{ id: 'first', key }] } })
  expect(message).toContain(
    'encryption.keys: expected no keys where php is given, got a list (the code): PHP could not read the sessions',
  )
  expect(message).not.toContain(key)
})

test('a compression that a PHP may lack is a warning that names the extension', () => {
  expect(doubtsOf({ php: {}, compression: 'snappy' })).toEqual([
    'compression: expected gzip or none where php is given, got compression snappy (the code): a PHP without the extension snappy fails on such a session and keeps its lock. Install it on every PHP server, or leave compression out',
  ])
  expect(doubtsOf({ php: {} })).toEqual([])
  expect(doubtsOf({ php: {}, compression: 'none' })).toEqual([])
})

test('ids that change from time to time are a warning: PHP does not follow them', () => {
  expect(doubtsOf({ php: {}, rotateAfter: '1h' })).toEqual([
    'rotateAfter: expected 0 where php is given, got rotateAfter 1h (the code): PHP does not follow an old id to the new one, so its requests beside a rotation lose their session. Leave rotateAfter out',
  ])
})

test('a compression that is not known is reported once', () => {
  const told: string[] = []
  try {
    loadOptions({ php: {}, compression: 'brotli' }, {}, {}, createRegistry().wrong)
  } catch (error) {
    told.push(...(error as Error).message.split('\n').filter(line => line.includes('compression:')))
  }
  expect(told).toHaveLength(1)
  expect(told[0]).toContain('expected one of "gzip"')
})

test('a compression of your own is refused: PHP cannot read it', () => {
  const own = {
    name: 'rot13',
    tag: ':r1:',
    compress: async (data: Buffer) => data,
    decompress: async (data: Buffer) => data,
  }
  expect(() => loadOptions({ php: {}, compression: 'rot13' }, {}, {}, createRegistry([own]).wrong)).toThrow(
    'compression: expected gzip or none where php is given, got compression rot13 (the code)',
  )
})

test('a preset or serializer that nobody knows is refused', () => {
  expect(refusal({ php: { preset: 'constructor' } }).message).toContain(
    'php.preset: expected one of "magento", "openmage", "symfony-native", got "constructor" (the code)',
  )
  expect(refusal({ php: { serializer: 'igbinary' } }).message).toContain(
    'php.serializer: expected one of "php", "php_serialize", "php_binary", got "igbinary" (the code)',
  )
})
