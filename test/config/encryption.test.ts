// The option encryption: keys from variables, what is refused, and that no message holds a part of a key.
import { inspect } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { encryptionProblems } from '../../src/config/encryption.ts'
import { loadOptions } from '../../src/config/load.ts'
import { refusal } from './support.ts'

const HEX = '0123456789abcdef'.repeat(4)
const BASE64 = Buffer.alloc(32, 7).toString('base64')
const key = (more: object = {}) => ({ id: 'a', key: HEX, ...more })
const refused = async (encryption: unknown, environment = {}, more = {}) =>
  (await refusal({ encryption, ...more }, environment)).message

test('keys are looked up in variables, and the rest has defaults', () => {
  const encryption = { keys: [{ id: '2027', key: { env: 'NEW' }, from: '2026-12-31' }, key()] }
  expect(loadOptions({ encryption }, { NEW: BASE64 }).encryption).toEqual({
    keys: [
      { id: '2027', key: BASE64, from: '2026-12-31' },
      { id: 'a', key: HEX, from: null },
    ],
    required: false,
    pad: 0,
  })
})

test('a variable may hold the whole option', () => {
  const LATCHKEY_ENCRYPTION = JSON.stringify({ keys: [{ id: 'a', key: { env: 'KEY' } }], required: true })
  expect(loadOptions({}, { LATCHKEY_ENCRYPTION, KEY: HEX }).encryption).toMatchObject({
    keys: [{ id: 'a', key: HEX }],
    required: true,
  })
})

test('a variable that is not set is named', async () => {
  expect(await refused({ keys: [key({ key: { env: 'SESSION_KEY' } })] })).toContain(
    'got { "env": "SESSION_KEY" } (the code): that variable is not set',
  )
})

test('a key of another length is refused, and its variable and length are named', async () => {
  const message = await refused({ keys: [key({ key: { env: 'SESSION_KEY' } })] }, { SESSION_KEY: 'short' })
  expect(message).toMatch(/^encryption\.keys\.0\.key: expected 32 random bytes as hex or base64/)
  expect(message).toContain(
    'got { "env": "SESSION_KEY" } (the code): it holds 5 characters, and not 64 of hex',
  )
})

test.each<[string, object, string]>([
  ['two keys of one id', { keys: [key(), key({ key: BASE64 })] }, 'encryption.keys.1.id: expected an id of its own, got "a" once more (the code): rename one of the keys'],
  ['no key that is active', { keys: [key({ from: '2999-01-01' })] }, 'encryption.keys: expected one key that is active now'],
  ['a new key behind an older one', { keys: [key({ from: '2020-01-01' }), key({ id: 'b', from: '2021-01-01' })] }, 'encryption.keys.1.from: expected no later date than that of the keys before it, got "2021-01-01" (the code)'],
  ['required without keys', { required: true }, 'encryption.required: expected false where there are no keys'],
  ['an id with blanks', { keys: [key({ id: 'a b' })] }, 'encryption.keys.0.id: expected a text of 1 to 32 characters'],
  ['a day that does not exist', { keys: [key({ from: '2026-13-01' })] }, 'encryption.keys.0.from: expected a date'],
  ['a time without its zone', { keys: [key({ from: '2026-12-01T10:00' })] }, 'encryption.keys.0.from: expected a date'],
  ['a key without an id', { keys: [{ key: HEX }] }, 'encryption.keys.0.id'],
  ['an option of another name', { keys: [], require: true }, 'encryption.require is not an option: did you mean encryption.required?'],
])('%s is refused', async (_, encryption, says) => {
  expect(await refused(encryption)).toContain(says)
}) // biome-ignore format: a table

test('a first key may be known to all processes before it encrypts, where plaintext is allowed until then', () => {
  const doubts: string[] = []
  const encryption = { keys: [key({ from: '2999-01-01' })], required: false }
  loadOptions({ encryption }, {}, {}, undefined, ({ message }) => doubts.push(message))
  expect(doubts).toEqual([expect.stringContaining('sessions are stored as plaintext until then')])
})

test('required contradicts adopt, which makes records of plaintext', async () => {
  const encryption = { keys: [key()], required: true }
  expect(await refused(encryption, {}, { adopt: true, naming: 'plain' })).toContain(
    'encryption.required: expected false where adopt is true',
  )
})

test('keys contradict sessions that PHP serves too', () => {
  const [problem] = encryptionProblems({ encryption: { keys: [key()] }, php: {} }, [])
  expect(problem?.message).toContain('encryption.keys: expected no keys where php is given')
})

describe('no message holds a part of a key', () => {
  const SECRET = 'hunter2'
  test.each<[string, unknown, NodeJS.ProcessEnv]>([
    ['too short', { keys: [key({ key: SECRET })] }, {}],
    ['in a variable, too short', { keys: [key({ key: { env: 'KEY' } })] }, { KEY: SECRET }],
    ['as encryption', SECRET, {}],
    ['as the keys', { keys: SECRET }, {}],
    ['as one of the keys', { keys: [SECRET] }, {}],
    ['in a list', { keys: [key({ key: [SECRET] })] }, {}],
    ['in a variable that is not JSON', undefined, { LATCHKEY_ENCRYPTION: `{"keys":[{"key":"${SECRET}"` }],
    ['in a right key beside a wrong one', { keys: [key({ key: HEX }), key({ id: '' })] }, {}],
    ['in a secret of users', { keys: [key({ id: '' })] }, { LATCHKEY_USERS: `{"secret":["${SECRET}"]}` }],
  ])('%s', async (_, encryption, environment) => {
    const error = await refusal({ encryption }, environment)
    const shown = inspect(error, { depth: 9 }).replace(/\n\s+at .*/g, '')
    expect(shown).toContain('OPTION_INVALID')
    expect(shown).not.toMatch(/hunter|0123456789abcdef/)
  })
})
