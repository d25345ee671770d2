import { deflateSync, inflateSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Compressor } from '../../src/codec/compressor.ts'
import { gzip } from '../../src/codec/gzip.ts'
import { compressionOf, type Packing, pack, unpack } from '../../src/codec/payload.ts'
import { COMPRESSORS } from '../../src/codec/registry.ts'
import { payloadErrorOf, thrownBy, USABLE } from './support.ts'

const packing = (options: Partial<Packing> = {}): Packing => ({
  compressor: gzip,
  level: null,
  threshold: 0,
  failed: error => {
    throw error
  },
  ...options,
})
const text = (length: number) => Buffer.from('a cart and what is in it. '.repeat(length).slice(0, length))
const NOISE = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 2_654_435_761) >>> 24))
const COMPRESSIONS: [string, Compressor | undefined][] = [
  ['none', undefined],
  ...USABLE.map((c): [string, Compressor] => [c.name, c]),
]

describe('a payload', () => {
  test('is a tag and a zlib stream that anybody can inflate', () => {
    const packed = pack(text(6000), packing())
    expect(packed.toString('latin1', 0, 4)).toBe(':gz:')
    expect(inflateSync(packed.subarray(4)).equals(text(6000))).toBe(true)
  })

  test.each([1, 6, 9])('is compressed at level %i when that is asked for', level => {
    const expected = Buffer.concat([Buffer.from(':gz:'), deflateSync(text(6000), { level, windowBits: 13 })])
    expect(pack(text(6000), packing({ level })).equals(expected)).toBe(true)
  })

  test.each([
    [2047, 'none'],
    [2048, 'gzip'],
    [2049, 'gzip'],
  ])('of %i bytes with a threshold of 2048 is stored as %s', (length, compression) => {
    expect(compressionOf(pack(text(length), packing({ threshold: 2048 })))).toBe(compression)
  })

  test('stays plain where compression does not make it smaller, its tag included', () => {
    const shrinking = (by: number): Compressor => ({ ...gzip, compress: data => data.subarray(by) })
    expect(compressionOf(pack(text(100), packing({ compressor: shrinking(4) })))).toBe('none')
    expect(compressionOf(pack(text(100), packing({ compressor: shrinking(5) })))).toBe('gzip')
    for (const data of [Buffer.alloc(0), Buffer.from('a'), NOISE.subarray(0, 200)]) {
      expect(pack(data, packing()).equals(data)).toBe(true)
    }
  })

  test('stays plain where its compressor throws, and the error is told once', () => {
    const errors: unknown[] = []
    const broken: Compressor = {
      ...gzip,
      compress: () => {
        throw new Error('no memory')
      },
    }
    const packed = pack(text(6000), packing({ compressor: broken, failed: error => void errors.push(error) }))
    expect(packed.equals(text(6000))).toBe(true)
    expect(errors).toEqual([new Error('no memory')])
  })
})

describe.each(COMPRESSIONS)('with compression %s', (_, compressor) => {
  const tags = [':gz:', ':lz:', ':l4:', ':sn:', ':zs:', ':zz:', ':00:']

  test.each(tags)('plain data that begins with %s survives', tag => {
    for (const rest of ['', 'x', 'not compressed at all', text(5000).toString()]) {
      for (const threshold of [0, 2048, 1_000_000]) {
        const data = Buffer.from(tag + rest)
        expect(unpack(pack(data, packing({ compressor, threshold })), 0).equals(data)).toBe(true)
      }
    }
  })

  test('data that begins like a payload of our own survives', () => {
    const once = pack(text(6000), packing())
    expect(unpack(pack(once, packing({ compressor })), 0).equals(once)).toBe(true)
  })

  test.each([':', ':gz', 'gz::', ':GZ:', ':gz;', ': z:', ':é:'])(
    'data that only resembles a tag survives: %j',
    start => {
      const data = Buffer.from(start)
      expect(unpack(pack(data, packing({ compressor })), 0).equals(data)).toBe(true)
    },
  )

  test('empty, binary and one-byte data survive', () => {
    const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    for (const data of [
      Buffer.alloc(0),
      Buffer.from([0]),
      Buffer.from([0x3a]),
      every,
      NOISE,
      Buffer.alloc(10_000),
    ]) {
      expect(unpack(pack(data, packing({ compressor })), 0).equals(data)).toBe(true)
    }
  })

  test('whatever is packed unpacks to the same bytes', () => {
    const start = fc.constantFrom('', ':', ':gz:', ':lz:', ':ab:')
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 300 }), fc.nat(300), (tag, bytes, threshold) => {
        const data = Buffer.concat([Buffer.from(tag), bytes])
        return unpack(pack(data, packing({ compressor, threshold })), 300).equals(data) || data.length > 300
      }),
      { seed: 4711, numRuns: 2000, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: true },
    )
  })
})

describe('the limit of a decompressed payload', () => {
  const MEGA = 1_048_576

  test.each(COMPRESSIONS)('admits exactly that many bytes and not one more: %s', (_, compressor) => {
    const packed = pack(text(5000), packing({ compressor }))
    expect(unpack(packed, 5000)).toHaveLength(5000)
    expect(payloadErrorOf(() => unpack(packed, 4999)).message).toContain('maxDecompressedSize (4999 bytes)')
  })

  test('of 0 admits everything', () => {
    expect(unpack(pack(Buffer.alloc(8 * MEGA), packing()), 0)).toHaveLength(8 * MEGA)
  })

  test('stops a bomb before its end: nothing beyond the limit is ever inflated', () => {
    const bomb = deflateSync(Buffer.alloc(64 * MEGA), { level: 9 })
    // Cut off in the middle. Whoever inflated it all would call it damaged; whoever stops at the limit never gets there.
    const half = bomb.subarray(0, bomb.length / 2)
    const error = payloadErrorOf(() => unpack(Buffer.concat([Buffer.from(':gz:'), half]), MEGA))
    expect(error.message).toContain('longer than maxDecompressedSize')
    expect(thrownBy(() => gzip.decompress(half, MEGA))).toMatchObject({ code: 'ERR_BUFFER_TOO_LARGE' })
    expect(thrownBy(() => gzip.decompress(half, 0))).toMatchObject({ code: 'Z_BUF_ERROR' })
  })
})

describe('damage', () => {
  const packed = pack(text(3000), packing())

  test('of a compressed payload that is cut off anywhere is told, with its cause', () => {
    for (let length = 4; length < packed.length; length += 1) {
      const error = payloadErrorOf(() => unpack(packed.subarray(0, length), 0))
      expect(error.message).toContain(':gz: and is damaged')
      expect(error.cause).toHaveProperty('code', 'Z_BUF_ERROR')
    }
  })

  test('of any single bit never yields other data', () => {
    for (let bit = 32; bit < packed.length * 8; bit += 1) {
      const flipped = Buffer.from(packed)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      let data: Buffer | undefined
      try {
        data = unpack(flipped, 0)
      } catch (error) {
        expect(error).toMatchObject({ name: 'PayloadError' })
      }
      // A few bits of the stream mean nothing.
      if (data) expect(data.equals(text(3000))).toBe(true)
    }
  })

  test('such as a tag without a stream, a foreign dictionary or a gzip file is told', () => {
    const dictionary = deflateSync('abc', { dictionary: Buffer.from('abc') })
    for (const body of [
      Buffer.alloc(0),
      Buffer.from('plain text'),
      Buffer.from([0x1f, 0x8b, 8, 0]),
      dictionary,
    ]) {
      expect(payloadErrorOf(() => unpack(Buffer.concat([Buffer.from(':gz:'), body]), 0)).message).toContain(
        'damaged',
      )
    }
  })
})

test('data that begins like a tag survives a gzip that throws', () => {
  const { compress } = gzip
  const errors: unknown[] = []
  try {
    gzip.compress = () => {
      throw new Error('no memory')
    }
    for (const compressor of [undefined, ...COMPRESSORS]) {
      const data = Buffer.from(':gz:not compressed')
      const failed = (error: unknown) => void errors.push(error)
      const packed = pack(data, { compressor, level: null, threshold: 0, failed })
      expect(unpack(packed, 0).equals(data)).toBe(true)
    }
  } finally {
    gzip.compress = compress
  }
  expect(errors).toHaveLength(COMPRESSORS.length + 1)
})
