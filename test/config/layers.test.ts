import { expect, test } from '@jest/globals'
import { loadOptions } from '../../src/config/load.ts'
import type { Options, OptionsInput } from '../../src/config/options.ts'
import { file, refusal } from './support.ts'

test('code wins over the environment, which wins over the file, which wins over the defaults', async () => {
  const path = file({ breakAfter: 1, failAfter: 1, lease: 1 })
  const environment = { LATCHKEY_BREAK_AFTER: '2', LATCHKEY_FAIL_AFTER: '2' }
  expect(await loadOptions(path, environment, { breakAfter: 3 })).toMatchObject({
    breakAfter: 3,
    failAfter: 2,
    lease: 1,
    maxConcurrency: 100,
  })
})

test('LATCHKEY_CONFIG names the file, and an object is the code', async () => {
  const environment = { LATCHKEY_CONFIG: file({ breakAfter: 1, failAfter: 1 }) }
  expect(await loadOptions({ breakAfter: 3 }, environment)).toMatchObject({ breakAfter: 3, failAfter: 1 })
})

test('a path that is given wins over LATCHKEY_CONFIG', async () => {
  expect(await loadOptions(file({ lease: 5 }), { LATCHKEY_CONFIG: '/nowhere' })).toHaveProperty('lease', 5)
})

test('the options of redis are merged one by one', async () => {
  const path = file({ redis: { db: 2, username: 'app' } })
  const { redis } = await loadOptions(path, { LATCHKEY_REDIS_DB: '3' }, { redis: { connectTimeout: 0.5 } })
  expect(redis).toMatchObject({ db: 3, username: 'app', connectTimeout: 0.5 })
})

test('a later sentinel replaces an earlier one whole', async () => {
  const nodes = [{ host: 'a', port: 26379 }]
  const path = file({ redis: { sentinel: { name: 'one', nodes, password: 'x', verifyMaster: false } } })
  const { redis } = await loadOptions(path, {}, { redis: { sentinel: { name: 'two', nodes } } })
  expect(redis.sentinel).toEqual({
    name: 'two',
    nodes,
    username: null,
    password: null,
    tls: false,
    verifyMaster: true,
  })
})

test('zero, false and null are said, undefined is not', async () => {
  const path = file({ failAfter: 1, locking: true, compressionLevel: 3, prefix: 'p_', redis: { db: 4 } })
  const code: OptionsInput = {
    failAfter: 0,
    locking: false,
    compressionLevel: null,
    prefix: undefined,
    redis: { db: undefined },
  }
  expect(await loadOptions(path, {}, code)).toMatchObject({
    failAfter: 0,
    locking: false,
    compressionLevel: null,
    prefix: 'p_',
    redis: { db: 4 },
  })
})

test('the result is frozen at every depth and shares nothing with what was given', async () => {
  const nodes = [{ host: 'a', port: 7000 }]
  const options = await loadOptions({ redis: { cluster: { nodes } } }, {})
  nodes.push({ host: 'b', port: 7001 })
  expect(options.redis.cluster?.nodes).toEqual([{ host: 'a', port: 7000 }])
  const parts = [
    options,
    options.redis,
    options.redis.cluster,
    options.redis.cluster?.nodes,
    options.redis.cluster?.nodes[0],
  ]
  expect(parts.every(part => Object.isFrozen(part))).toBe(true)
  expect(Object.isFrozen(nodes)).toBe(false)
})

test('resolved options are readonly by type, and are options again', async () => {
  const options: Options = await loadOptions({}, {})
  expect(() => {
    // @ts-expect-error readonly
    options.redis.port = 1
  }).toThrow(TypeError)
  expect(await loadOptions(options, {})).toEqual(options)
})

test('every problem of every layer is told at once, one a line', async () => {
  const path = file({ breakAfter: 'soon', redis: { prot: 1 } })
  const error = await refusal(
    path,
    { LATCHKEY_LEASE: '0' },
    { minLifetime: 20, maxLifetime: 10, store: 'disk' },
  )
  expect(error).toMatchObject({ name: 'OptionError', code: 'OPTION_INVALID', option: 'redis.prot' })
  expect(error.message.split('\n')).toEqual([
    `redis.prot is not an option: did you mean redis.port? (in ${path})`,
    `breakAfter: expected a number of seconds above 0, or a duration such as "30s", got "soon" (${path})`,
    'lease: expected at least 1 second, got 0 (LATCHKEY_LEASE)',
    'store: expected one of "redis", "memory", got "disk" (the code)',
    'minLifetime: expected at most maxLifetime, got minLifetime 20 (the code) and maxLifetime 10 (the code): lower minLifetime or raise maxLifetime',
  ])
})
