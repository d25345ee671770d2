import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createCodec, PayloadError } from '../../src/codec/codec.ts'
import { gzip } from '../../src/codec/gzip.ts'
import { compressionOf } from '../../src/codec/payload.ts'
import { COMPRESSORS } from '../../src/codec/registry.ts'
import { ALL_CASES } from '../support/all-cases.ts'
import { codecWith, DEFAULTS, encoded, payloadErrorOf, RECORD, USABLE_NAMES } from './support.ts'

const CART = {
  items: Array.from({ length: 60 }, (_, i) => ({
    sku: `SKU-${i}`,
    qty: i,
    name: 'Ein Stück „Käse“ 🧀',
    price: 9.99,
  })),
  user: { id: 42, name: 'Zoë', roles: ['buyer'], note: null },
}

test('an unknown compression is refused with the names of those that are known', () => {
  expect(() => createCodec({ ...DEFAULTS, compression: 'zip' })).toThrow(
    /compression: expected one of "gzip", .*"none"/,
  )
  expect(() => createCodec({ ...DEFAULTS, compression: '__proto__' })).toThrow(TypeError)
})

describe('data that JSON can say comes back as it was', () => {
  test.each<[string, Record<string, unknown>]>([
    ['a cart', CART],
    ['nothing', {}],
    ['names from Object.prototype', { toString: 'a', hasOwnProperty: 1, valueOf: { x: 1 } }],
    ['lone surrogates and control characters', { a: '\ud800', b: '\udc00x', c: '\u0000\u001f\u2028\ufeff' }],
    ['an empty key', { '': { '': '' } }],
    ['numbers', { big: Number.MAX_SAFE_INTEGER, small: 5e-324, negative: -1.5 }],
  ])('%s', async (_, data) => {
    for (const compression of USABLE_NAMES) {
      for (const compressionThreshold of [0, 2048]) {
        const options = { compression, compressionThreshold }
        expect(await codecWith(options).decode(await encoded(data, options), RECORD)).toEqual(data)
      }
    }
  })

  test('anything', async () => {
    const codec = codecWith({ compressionThreshold: 100 })
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }), async data => {
        const plain = JSON.parse(JSON.stringify(data)) as Record<string, unknown>
        fc.pre(
          !JSON.stringify(data).includes('"__proto__"') && !JSON.stringify(data).includes('"constructor"'),
        )
        expect(await codec.decode(await encoded(data, { compressionThreshold: 100 }), RECORD)).toEqual(plain)
      }),
      { seed: 4711, numRuns: ALL_CASES ? 1000 : 200 },
    )
  })
})

function levelsOf(name: string): (number | null)[] {
  const levels = COMPRESSORS.find(c => c.name === name)?.levels
  return levels ? [null, levels.min, levels.max] : [null]
}

test('switching the compression, its level or its threshold loses nothing', async () => {
  const ways = USABLE_NAMES.flatMap(compression =>
    [0, 1, 2048, 1_000_000].flatMap(compressionThreshold =>
      levelsOf(compression).map(compressionLevel => ({
        compression,
        compressionThreshold,
        compressionLevel,
      })),
    ),
  )
  const payloads: Buffer[] = []
  for (const way of ways) {
    const outcome = await createCodec({ ...DEFAULTS, ...way }).encode(CART, RECORD)
    if (!('refused' in outcome)) payloads.push(outcome.payload)
  }
  expect(payloads).toHaveLength(ways.length)
  expect(new Set(payloads.map(payload => compressionOf(payload)))).toEqual(new Set(USABLE_NAMES))
  // Many ways write the same bytes.
  const different = new Map(payloads.map(payload => [payload.toString('latin1'), payload])).values()
  const codecs = ways.map(way => codecWith(way))
  for (const payload of different) {
    for (const codec of codecs) expect(await codec.decode(payload, RECORD)).toEqual(CART)
  }
})

describe('maxSize', () => {
  const data = { text: 'é'.repeat(500) }
  const bytes = Buffer.byteLength(JSON.stringify(data))

  test('counts the bytes of the serialized data, before compression', async () => {
    expect(await codecWith({ maxSize: bytes, compressionThreshold: 0 }).encode(data, RECORD)).toHaveProperty(
      'payload',
    )
    expect(await codecWith({ maxSize: bytes - 1, compressionThreshold: 0 }).encode(data, RECORD)).toEqual({
      refused: 'too-large',
      bytes,
      maxSize: bytes - 1,
    })
  })

  test('of 0 is no limit', async () => {
    const codec = codecWith({ maxSize: 0, compression: 'none' })
    const outcome = await codec.encode({ text: 'x'.repeat(8_000_000) }, RECORD)
    expect(outcome).toHaveProperty('payload')
  })
})

describe('what no JSON object can say is refused with its error', () => {
  const cycle: Record<string, unknown> = {}
  cycle.self = { cycle }
  test.each<[string, unknown, unknown]>([
    ['a cycle', cycle, TypeError],
    ['a BigInt', { total: 10n }, TypeError],
    ['a toJSON that throws', { at: { toJSON: () => JSON.parse('{') } }, SyntaxError],
    [
      'a getter that throws',
      Object.defineProperty({}, 'x', { enumerable: true, get: () => JSON.parse('{') }),
      SyntaxError,
    ],
    // Neither would be readable again: a session is an object.
    ['an array', [1, 2], TypeError],
    ['a text', 'text', TypeError],
    ['null', null, TypeError],
    ['a toJSON that answers no object', { toJSON: () => 'x' }, TypeError],
  ])('%s', async (_, data, kind) => {
    const outcome = await codecWith().encode(data as Record<string, unknown>, RECORD)
    expect(outcome).toEqual({ refused: 'unserializable', error: expect.any(kind as never) })
  })
})

describe('data that is nested deeply', () => {
  const DEPTH = 100_000
  const json = `${'{"in":'.repeat(DEPTH)}{}${'}'.repeat(DEPTH)}`

  test('is written or refused, as this Node can: what is written is all of it', async () => {
    let data: Record<string, unknown> = {}
    for (let depth = 0; depth < DEPTH; depth += 1) data = { in: data }
    const outcome = await codecWith({ compression: 'none' }).encode(data, RECORD)
    // Node up to 24 runs out of stack, Node 26 does not.
    if ('payload' in outcome) expect(outcome.payload.equals(Buffer.from(json))).toBe(true)
    else expect(outcome).toEqual({ refused: 'unserializable', error: expect.any(RangeError) })
  })

  test('is read by every Node, whichever wrote it', async () => {
    let data: unknown = await codecWith().decode(Buffer.from(json), RECORD)
    for (let depth = 0; depth < DEPTH; depth += 1) data = (data as { in: unknown }).in
    expect(data).toEqual({})
  })
})

test('a compression that fails leaves the data plain and tells why, of each session', async () => {
  const broken = {
    ...gzip,
    name: 'mine',
    tag: ':my:',
    compress: () => {
      throw new RangeError('no memory')
    },
  }
  const codec = codecWith({ compression: 'mine' }, [broken])
  for (const _ of [1, 2]) {
    const outcome = await codec.encode(CART, RECORD)
    if ('refused' in outcome) throw new Error(outcome.refused)
    expect(outcome.compressionFailed).toHaveProperty('message', 'no memory')
    expect(compressionOf(outcome.payload)).toBe('none')
    expect(await codecWith().decode(outcome.payload, RECORD)).toEqual(CART)
  }
})

test('a compression that works tells of no failure', async () => {
  expect(await codecWith().encode(CART, RECORD)).not.toHaveProperty('compressionFailed')
})

describe('a payload that is no session is an error, never data', () => {
  test.each([
    'x',
    'null',
    '1',
    '"text"',
    '[]',
    '[{}]',
    '{"a":1',
    '{"a":1}}',
    "{'a':1}",
    'visits|i:1;',
    'a:1:{s:1:"a";i:1;}',
    ' ',
    '\u0000',
    ':gz:',
    ':zz:{}',
  ])('%j', async text => {
    expect(await payloadErrorOf(() => codecWith().decode(Buffer.from(text), RECORD))).toHaveProperty(
      'name',
      'PayloadError',
    )
  })

  test('text that is not UTF-8', async () => {
    const error = await payloadErrorOf(() =>
      codecWith().decode(Buffer.from('{"name":"M\xfcller"}', 'latin1'), RECORD),
    )
    expect(error.message).toBe('the payload is not valid JSON: it is not UTF-8')
  })

  test('whose message says nothing of the data', async () => {
    const error = await payloadErrorOf(() => codecWith().decode(Buffer.from('{"card":"4111 1111",'), RECORD))
    expect(error.message).toBe('the payload is not valid JSON')
  })
})

test('the empty payload, which the reference writes for an empty session, is an empty session', async () => {
  expect(await codecWith().decode(Buffer.alloc(0), RECORD)).toEqual({})
})

test('damaged, cut off, flipped and foreign payloads yield the data or a PayloadError, and nothing else', async () => {
  const codec = codecWith()
  const originals = [
    await encoded(CART),
    await encoded(CART, { compression: 'none' }),
    await encoded({ a: 1 }),
    await encoded({ a: 1 }, { compressionThreshold: 0 }),
  ]
  type Damage = (payload: Buffer) => Buffer
  const damages = fc.oneof<fc.Arbitrary<Damage>[]>(
    fc.nat().map(
      (at): Damage =>
        payload =>
          payload.subarray(0, 1 + (at % (payload.length - 1))),
    ),
    fc.nat().map(
      (at): Damage =>
        payload =>
          payload.subarray(1 + (at % (payload.length - 1))),
    ),
    fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })).map(
      ([at, mask]): Damage =>
        payload => {
          const flipped = Buffer.from(payload)
          flipped[at % payload.length] = (flipped[at % payload.length] ?? 0) ^ mask
          return flipped
        },
    ),
    fc.uint8Array({ maxLength: 64 }).map(
      (bytes): Damage =>
        () =>
          Buffer.from(bytes),
    ),
    fc.uint8Array({ maxLength: 64 }).map(
      (bytes): Damage =>
        () =>
          Buffer.concat([Buffer.from(':gz:'), bytes]),
    ),
    fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 8 })).map(
      ([at, bytes]): Damage =>
        payload => {
          const cut = at % payload.length
          return Buffer.concat([payload.subarray(0, cut), bytes, payload.subarray(cut)])
        },
    ),
  )
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...originals), damages, async (payload, damage) => {
      try {
        const data: unknown = await codec.decode(damage(payload), RECORD)
        return typeof data === 'object' && data !== null && !Array.isArray(data)
      } catch (error) {
        return error instanceof PayloadError
      }
    }),
    { seed: 20_261_122, numRuns: ALL_CASES ? 4000 : 500 },
  )
})
