import { inspect } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { loadOptions } from '../../src/config/load.ts'
import { file, refusal } from './support.ts'

const SECRET = 'hunter2'
const nodes = [{ host: 'a', port: 1 }]

test('a secret is a text, or looked up in the variable that it names', async () => {
  const path = file({
    redis: {
      username: 'app',
      password: { env: 'A' },
      sentinel: { name: 'm', nodes, password: { env: 'B' } },
    },
  })
  const { redis } = loadOptions(path, { A: 'one', B: 'two' })
  expect(redis).toMatchObject({ username: 'app', password: 'one', sentinel: { password: 'two' } })
})

describe('a secret whose variable is not set is refused, and both are named', () => {
  test.each([
    ['not there', 'NOPE'],
    ['empty', 'EMPTY'],
    ['a property of every object', 'constructor'],
  ])('%s', async (_, env) => {
    const error = await refusal({ redis: { password: { env } } }, { EMPTY: '' })
    expect(error.message).toBe(
      `redis.password: expected a text, or { "env": "NAME" } where the variable NAME is set, got { "env": "${env}" } (the code): that variable is not set`,
    )
  })

  test('even where the variable itself names one', async () => {
    const error = await refusal({}, { LATCHKEY_REDIS_PASSWORD: '{"env":"NOPE"}' })
    expect(error.message).toContain(
      'got { "env": "NOPE" } (LATCHKEY_REDIS_PASSWORD): that variable is not set',
    )
  })
})

describe('a secret never appears in an error', () => {
  test.each<[string, unknown, NodeJS.ProcessEnv]>([
    ['as a number', { redis: { password: 4815162342, port: 0 } }, {}],
    ['in a list', { redis: { password: [SECRET] } }, {}],
    ['as the url', { redis: { url: SECRET } }, {}],
    ['as redis', { redis: SECRET }, {}],
    ['as a sentinel', { redis: { sentinel: SECRET } }, {}],
    ['in a url as the host', { redis: { host: `redis://u:${SECRET}@h` } }, {}],
    ['in a url as redis', { redis: `redis://u:${SECRET}@h` }, {}],
    ['in a url as a node', { redis: { cluster: { nodes: [`redis://u:${SECRET}@h`] } } }, {}],
    ['in a url as a name', { [`redis://u:${SECRET}@h`]: 1 }, {}],
    ['in a url as the path of the file', `redis://u:${SECRET}@h`, {}],
    ['as a key in place of its path', { redis: { tls: { key: `-----BEGIN\n${SECRET}` } } }, {}],
    ['in broken JSON of a variable', {}, { LATCHKEY_REDIS_SENTINEL: `{"password":"${SECRET}",` }],
    ['in a file that is broken elsewhere', file(`{"redis":{"password":"${SECRET}" x}}`), {}],
    ['in a file without quotes', file(`{"redis":{"password": ${SECRET}}}`), {}],
    ['in a file that is no object', file(`"${SECRET}"`), {}],
    ['in a right option beside a wrong one', { redis: { password: SECRET, port: 0 } }, {}],
  ])('%s', async (_, source, environment) => {
    const shown = inspect(await refusal(source, environment), { depth: 9 }).replace(/\n\s+at .*/g, '')
    expect(shown).toContain('OPTION_INVALID')
    expect(shown).not.toMatch(/hunter|4815162342/)
  })
})
