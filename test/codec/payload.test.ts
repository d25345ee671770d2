import { deflateSync, inflateSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Compressor } from '../../src/codec/compressor.ts'
import { gzip } from '../../src/codec/gzip.ts'
import { compressionOf, type Packing, pack, unpack } from '../../src/codec/payload.ts'
import { COMPRESSORS } from '../../src/codec/registry.ts'
import { ALL_CASES } from '../support/all-cases.ts'
import { packed, payloadErrorOf, thrownBy, USABLE } from './support.ts'

const gzipped = (data: Buffer, packing: Partial<Packing> = {}) =>
  packed(data, { compressor: gzip, ...packing })
const text = (length: number) => Buffer.from('a cart and what is in it. '.repeat(length).slice(0, length))
const NOISE = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 2_654_435_761) >>> 24))
const COMPRESSIONS: [string, Compressor | undefined][] = [
  ['none', undefined],
  ...USABLE.map((c): [string, Compressor] => [c.name, c]),
]

describe('a payload', () => {
  test('is a tag and a zlib stream that anybody can inflate', async () => {
    const payload = await gzipped(text(6000))
    expect(payload.toString('latin1', 0, 4)).toBe(':gz:')
    expect(inflateSync(payload.subarray(4)).equals(text(6000))).toBe(true)
  })

  test.each([1, 6, 9])('is compressed at level %i when that is asked for', async level => {
    const expected = Buffer.concat([Buffer.from(':gz:'), deflateSync(text(6000), { level, windowBits: 13 })])
    expect((await gzipped(text(6000), { level })).equals(expected)).toBe(true)
  })

  test.each([
    [2047, 'none'],
    [2048, 'gzip'],
    [2049, 'gzip'],
  ])('of %i bytes with a threshold of 2048 is stored as %s', async (length, compression) => {
    expect(compressionOf(await gzipped(text(length), { threshold: 2048 }))).toBe(compression)
  })

  test('stays plain where compression does not make it smaller, its tag included', async () => {
    const shrinking = (by: number): Compressor => ({ ...gzip, compress: data => data.subarray(by) })
    expect(compressionOf(await gzipped(text(100), { compressor: shrinking(4) }))).toBe('none')
    expect(compressionOf(await gzipped(text(100), { compressor: shrinking(5) }))).toBe('gzip')
    for (const data of [Buffer.alloc(0), Buffer.from('a'), NOISE.subarray(0, 200)]) {
      expect((await gzipped(data)).equals(data)).toBe(true)
    }
  })

  test('stays plain where its compressor throws, and the error is told', async () => {
    const broken: Compressor = {
      ...gzip,
      compress: () => {
        throw new Error('no memory')
      },
    }
    const outcome = await pack(text(6000), { compressor: broken, level: null, threshold: 0 })
    expect(outcome).toEqual({ payload: text(6000), compressionFailed: new Error('no memory') })
  })
})

describe.each(COMPRESSIONS)('with compression %s', (_, compressor) => {
  const tags = [':gz:', ':lz:', ':l4:', ':sn:', ':zs:', ':zz:', ':00:']

  test.each(tags)('plain data that begins with %s survives', async tag => {
    for (const rest of ['', 'x', 'not compressed at all', text(5000).toString()]) {
      for (const threshold of [0, 2048, 1_000_000]) {
        const data = Buffer.from(tag + rest)
        expect((await unpack(await packed(data, { compressor, threshold }), 0)).equals(data)).toBe(true)
      }
    }
  })

  test('data that begins like a payload of our own survives', async () => {
    const once = await gzipped(text(6000))
    expect((await unpack(await packed(once, { compressor }), 0)).equals(once)).toBe(true)
  })

  test.each([':', ':gz', 'gz::', ':GZ:', ':gz;', ': z:', ':é:'])(
    'data that only resembles a tag survives: %j',
    async start => {
      const data = Buffer.from(start)
      expect((await unpack(await packed(data, { compressor }), 0)).equals(data)).toBe(true)
    },
  )

  test('empty, binary and one-byte data survive', async () => {
    const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    for (const data of [
      Buffer.alloc(0),
      Buffer.from([0]),
      Buffer.from([0x3a]),
      every,
      NOISE,
      Buffer.alloc(10_000),
    ]) {
      expect((await unpack(await packed(data, { compressor }), 0)).equals(data)).toBe(true)
    }
  })

  test('whatever is packed unpacks to the same bytes', async () => {
    const start = fc.constantFrom('', ':', ':gz:', ':lz:', ':ab:')
    await fc.assert(
      fc.asyncProperty(
        start,
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(300),
        async (tag, bytes, threshold) => {
          const data = Buffer.concat([Buffer.from(tag), bytes])
          const payload = await packed(data, { compressor, threshold })
          return (await unpack(payload, 304)).equals(data)
        },
      ),
      { seed: 4711, numRuns: ALL_CASES ? 2000 : 300 },
    )
  })
})

describe('the limit of a decompressed payload', () => {
  const MEGA = 1_048_576

  test.each(COMPRESSIONS)('admits exactly that many bytes and not one more: %s', async (_, compressor) => {
    const payload = await packed(text(5000), { compressor })
    expect(await unpack(payload, 5000)).toHaveLength(5000)
    expect((await payloadErrorOf(() => unpack(payload, 4999))).message).toContain(
      'maxDecompressedSize (4999 bytes)',
    )
  })

  test('of 0 admits everything', async () => {
    expect(await unpack(await gzipped(Buffer.alloc(8 * MEGA)), 0)).toHaveLength(8 * MEGA)
  })

  test('stops a bomb before its end: nothing beyond the limit is ever inflated', async () => {
    const bomb = deflateSync(Buffer.alloc(8 * MEGA), { level: 9 })
    // Cut off in the middle. Whoever inflated it all would call it damaged; whoever stops at the limit never gets there.
    const half = bomb.subarray(0, bomb.length / 2)
    const error = await payloadErrorOf(() => unpack(Buffer.concat([Buffer.from(':gz:'), half]), MEGA))
    expect(error.message).toContain('longer than maxDecompressedSize')
    expect(await thrownBy(() => gzip.decompress(half, MEGA))).toMatchObject({ code: 'ERR_BUFFER_TOO_LARGE' })
    expect(await thrownBy(() => gzip.decompress(half, 0))).toMatchObject({ code: 'Z_BUF_ERROR' })
  })
})

describe('damage', () => {
  let payload: Buffer

  beforeAll(async () => {
    payload = await gzipped(text(3000))
  })

  test('of a compressed payload that is cut off anywhere is told, with its cause', async () => {
    for (let length = 4; length < payload.length; length += 1) {
      const error = await payloadErrorOf(() => unpack(payload.subarray(0, length), 0))
      expect(error.message).toContain(':gz: and is damaged')
      expect(error.cause).toHaveProperty('code', 'Z_BUF_ERROR')
    }
  })

  test('of any single bit never yields other data', async () => {
    for (let bit = 32; bit < payload.length * 8; bit += 1) {
      const flipped = Buffer.from(payload)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      let data: Buffer | undefined
      try {
        data = await unpack(flipped, 0)
      } catch (error) {
        expect(error).toMatchObject({ name: 'PayloadError' })
      }
      // A few bits of the stream mean nothing.
      if (data) expect(data.equals(text(3000))).toBe(true)
    }
  })

  test('such as a tag without a stream, a foreign dictionary or a gzip file is told', async () => {
    const dictionary = deflateSync('abc', { dictionary: Buffer.from('abc') })
    for (const body of [
      Buffer.alloc(0),
      Buffer.from('plain text'),
      Buffer.from([0x1f, 0x8b, 8, 0]),
      dictionary,
    ]) {
      const error = await payloadErrorOf(() => unpack(Buffer.concat([Buffer.from(':gz:'), body]), 0))
      expect(error.message).toContain('damaged')
    }
  })
})

test('data that begins like a tag survives a gzip that throws', async () => {
  const { compress } = gzip
  const errors: unknown[] = []
  try {
    gzip.compress = () => {
      throw new Error('no memory')
    }
    for (const compressor of [undefined, ...COMPRESSORS]) {
      const data = Buffer.from(':gz:not compressed')
      const { payload, compressionFailed } = await pack(data, { compressor, level: null, threshold: 0 })
      errors.push(compressionFailed)
      expect((await unpack(payload, 0)).equals(data)).toBe(true)
    }
  } finally {
    gzip.compress = compress
  }
  expect(errors).toEqual([undefined, ...COMPRESSORS].map(() => new Error('no memory')))
})
