import { createHash, randomUUID } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { isRecordName, isWellFormed, newSessionId, recordName, shortHash } from '../src/session-id.ts'

describe('a new id', () => {
  const ids = Array.from({ length: 5000 }, newSessionId)

  test('is well formed and like no other', () => {
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.every(id => isWellFormed(id, 'plain') && isWellFormed(id, 'hashed'))).toBe(true)
  })

  test('has 128 random bits or more: each bit of it is set in about half of all ids', () => {
    const bytes = ids.map(id => Buffer.from(id, 'base64url'))
    let random = 0
    for (let bit = 0; bit < (bytes[0]?.length ?? 0) * 8; bit += 1) {
      const set = bytes.filter(b => ((b[bit >> 3] ?? 0) >> (bit & 7)) & 1).length
      // Eight standard deviations to either side.
      if (Math.abs(set - ids.length / 2) < 8 * Math.sqrt(ids.length / 4)) random += 1
    }
    expect(random).toBeGreaterThanOrEqual(128)
  })
})

describe('an id is accepted that was made by', () => {
  test.each([
    ['PHP', 'q6vbjq0h5kd8ocg1q1vqg0n9cv'],
    ['PHP with commas', 'a,b-c,d-e,f-g,h-i,j-k,'],
    ['express-session', 'qPJdVcKfVp5xr2N8T0nrpKZy5DYhSr8w'],
    ['a UUID', randomUUID()],
    ['nanoid', 'V1StGXR8_Z5jdHi6B-myT'],
    ['its shortest', 'a'.repeat(16)],
    ['its longest', 'a'.repeat(256)],
  ])('%s', (_, id) => {
    expect(isWellFormed(id, 'plain')).toBe(true)
    expect(isWellFormed(id, 'hashed')).toBe(true)
  })
})

test('where PHP serves the same sessions, an id is accepted that PHP accepts', () => {
  for (const id of ['q6vbjq0h5kd8ocg1q1vqg0n9cv', 'a,b-c,d-e,f-g,h-i,j-k,', newSessionId(true)]) {
    expect(isWellFormed(id, 'php')).toBe(true)
  }
  for (const id of ['V1StGXR8_Z5jdHi6B-myT', 'a'.repeat(15), 'a'.repeat(257), `${'a'.repeat(20)}.`]) {
    expect(isWellFormed(id, 'php')).toBe(false)
  }
})

test('where names are hashed, an id of the application may be any printable text of up to 256 characters', () => {
  for (const id of ['7', 'user:7', '{tag}*?', '!~'.repeat(128)]) expect(isWellFormed(id, 'hashed')).toBe(true)
  for (const id of ['', 'a b', 'a\nb', 'ü', '\x7f', 'a'.repeat(257)])
    expect(isWellFormed(id, 'hashed')).toBe(false)
})

describe('an id is malformed where it is the name of its record', () => {
  const long = 'abcdefghijklmnopqrstuvwxyz'

  test.each([
    ...'*?[]{}^\\:;/|.%$@!"\'<>()=+~ \t\n\r\0',
    '\u00e9',
    '\u2028',
    '\u{1f9c0}',
    '%0a',
    '../',
    '\r\nSet-Cookie',
  ])('with %j in it, before it or behind it', bad => {
    for (const id of [bad + long, long + bad, long + bad + long])
      expect(isWellFormed(id, 'plain')).toBe(false)
  })

  test.each<[string, unknown]>([
    ['too short', 'a'.repeat(15)],
    ['too long', 'a'.repeat(257)],
    ['far too long', 'a'.repeat(1_000_000)],
    ['empty', ''],
    ['undefined', undefined],
    ['null', null],
    ['a number', 1_234_567_890_123_456],
    ['a list of one id', [long]],
    ['an object that says it is one', { toString: () => long, length: 26 }],
    ['a String object', Object(long)],
    ['bytes', Buffer.from(long)],
  ])('that is %s', (_, id) => {
    expect(isWellFormed(id, 'plain')).toBe(false)
  })
})

describe("a record's name", () => {
  const id = 'q6vbjq0h5kd8ocg1q1vqg0n9cv'

  test('is the id where names are plain', () => {
    expect(recordName(id, 'plain')).toBe(id)
  })

  test('is base64url of SHA-256 where names are hashed', () => {
    expect(recordName(id, 'hashed')).toBe(createHash('sha256').update(id).digest('base64url'))
    expect(recordName(id, 'hashed')).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  test('is another one for another id, if only by a letter’s case', () => {
    expect(recordName(id.toUpperCase(), 'hashed')).not.toBe(recordName(id, 'hashed'))
  })

  test('begins with what logs say where names are hashed', () => {
    expect(recordName(id, 'hashed').startsWith(shortHash(id))).toBe(true)
    expect(shortHash(id)).toHaveLength(10)
    expect(shortHash(id)).not.toBe(id.slice(0, 10))
  })
})

describe('a name that a record can have', () => {
  const id = 'q6vbjq0h5kd8ocg1q1vqg0n9cv'

  test.each(['plain', 'hashed'] as const)('is each that is made: %s', naming => {
    for (const made of [id, newSessionId(), randomUUID()])
      expect(isRecordName(recordName(made, naming), naming)).toBe(true)
  })

  test.each(['', 'wake:abc', `${id}\n`, `{${id}}:queue`, 'x'.repeat(44), `${'x'.repeat(42)}=`])(
    'is none that another program made: %j',
    name => {
      expect(isRecordName(name, 'hashed')).toBe(false)
      expect(isRecordName(name, 'plain') && !isWellFormed(name, 'plain')).toBe(false)
    },
  )
})
