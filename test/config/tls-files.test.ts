import { describe, expect, test } from '@jest/globals'
import { loadOptions } from '../../src/config/load.ts'
import type { OptionsInput } from '../../src/config/options.ts'
import { file, refusal } from './support.ts'

const nodes = [{ host: 'a', port: 1 }]

describe('a TLS file that cannot be read is refused with its option', () => {
  test.each(['ca', 'cert', 'key'])('redis.tls.%s', name => {
    const path = file({ redis: { tls: { [name]: '/nowhere/tls.pem' } } })
    const error = refusal(path)
    expect(error.message).toBe(
      `redis.tls.${name}: expected a readable file, got "/nowhere/tls.pem" (${path}): ENOENT: no such file or directory`,
    )
    expect(error.option).toBe(`redis.tls.${name}`)
  })

  test('from the environment, and of the sentinels', () => {
    const sentinel = { name: 'm', nodes, tls: { ca: '/nowhere/ca.pem' } }
    expect(refusal({ redis: { sentinel } }, {}).message).toBe(
      'redis.sentinel.tls.ca: expected a readable file, got "/nowhere/ca.pem" (the code): ENOENT: no such file or directory',
    )
    expect(refusal({}, { LATCHKEY_REDIS_TLS: '{"ca":"/nowhere/ca.pem"}' }).message).toContain(
      'got "/nowhere/ca.pem" (LATCHKEY_REDIS_TLS)',
    )
  })

  test('a pasted secret is not repeated', () => {
    expect(refusal({ redis: { tls: { key: 'hunter2' } } }).message).toBe(
      'redis.tls.key: expected a readable file, got a text (the code): ENOENT: no such file or directory',
    )
  })
})

describe('a file that is not used is not looked for', () => {
  test.each<[OptionsInput, OptionsInput]>([
    [{ store: 'memory', redis: { tls: { ca: '/nowhere/ca.pem' } } }, {}],
    [{ redis: { tls: { ca: '/nowhere/ca.pem' } } }, { redis: { tls: false } }],
  ])('%j, %j', (source, code) => {
    expect(() => loadOptions(source, {}, code)).not.toThrow()
  })
})
