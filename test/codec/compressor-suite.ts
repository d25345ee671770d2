import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Compressor } from '../../src/codec/compressor.ts'
import { compressionOf, pack, packOff, unpack, unpackOff } from '../../src/codec/payload.ts'
import { createRegistry, REGISTRY } from '../../src/codec/registry.ts'
import { cart, noise, thrownBy } from './support.ts'

/** What every compressor promises, ours and a user's. */
export function compressorSuite(compressor: Compressor): void {
  const known = REGISTRY.named(compressor.name)
  const registry = known ? { ...REGISTRY, tagged: () => compressor } : createRegistry([compressor])
  const { levels, offThread } = compressor
  const all = levels
    ? [null, ...Array.from({ length: levels.max - levels.min + 1 }, (_, i) => levels.min + i)]
    : [null]
  const failed = (error: unknown) => {
    throw error
  }

  test.each(all)('gives back what it compressed at level %s', level => {
    const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    const samples = [every, cart(200), cart(6000), noise(3000), Buffer.alloc(40_000), Buffer.from('a')]
    for (const data of samples) {
      const before = Buffer.from(data)
      const compressed = compressor.compress(data, level)
      expect(data.equals(before)).toBe(true)
      expect(compressor.decompress(compressed, 0).equals(data)).toBe(true)
    }
  })

  test('makes a cart smaller', () => {
    expect(compressor.compress(cart(6000), null).length).toBeLessThan(3000)
  })

  test('gives back whatever it compressed', () => {
    // Short alphabets make for matches of every length and distance.
    const runs = fc.array(
      fc.tuple(fc.constantFrom('a', 'ab', '{"sku":"', 'é', '\0'), fc.integer({ min: 1, max: 600 })),
      { maxLength: 30 },
    )
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 500 }).map(each => Buffer.from(each)),
      fc.uint8Array({ minLength: 1, maxLength: 5000, max: 3 }).map(each => Buffer.from(each)),
      runs.map(parts => Buffer.from(`x${parts.map(([text, times]) => text.repeat(times)).join('')}`)),
    )
    fc.assert(
      fc.property(bytes, data =>
        compressor.decompress(compressor.compress(data, null), data.length).equals(data),
      ),
      { numRuns: 2000 },
    )
  })

  test('admits exactly as much as the limit, and calls what is beyond it too large', () => {
    for (const data of [cart(5000), Buffer.alloc(100_000), noise(3000)]) {
      const compressed = compressor.compress(data, null)
      expect(compressor.decompress(compressed, data.length).equals(data)).toBe(true)
      for (const limit of [data.length - 1, data.length >> 1, 1]) {
        expect(thrownBy(() => compressor.decompress(compressed, limit))).toMatchObject({
          code: 'ERR_BUFFER_TOO_LARGE',
        })
      }
    }
  })

  test('throws on what is cut off, or, where its format cannot tell, gives what is left', () => {
    const data = cart(2000)
    const compressed = compressor.compress(data, null)
    let told = 0
    for (let length = 0; length < compressed.length; length += 1) {
      let left: Buffer | undefined
      try {
        left = compressor.decompress(compressed.subarray(0, length), 100_000)
      } catch {
        told += 1
      }
      if (left) expect(left.length < data.length && data.subarray(0, left.length).equals(left)).toBe(true)
    }
    expect(told).toBeGreaterThan(compressed.length / 2)
  })

  test('is found by its tag, whatever library is chosen by then', () => {
    const packed = pack(cart(6000), { compressor, level: null, threshold: 2048, failed })
    expect(compressionOf(packed, registry)).toBe(compressor.name)
    expect(packed.toString('latin1', 0, 4)).toBe(compressor.tag)
    expect(unpack(packed, 0, registry).equals(cart(6000))).toBe(true)
  })

  test('answers at once for a usual session, at its default level', () => {
    const packed = packOff(cart(6000), { compressor, level: null, threshold: 2048, failed })
    expect(Buffer.isBuffer(packed)).toBe(true)
    expect(Buffer.isBuffer(unpackOff(packed as Buffer, 0, registry))).toBe(true)
  })

  if (!offThread) return

  test('does the same off the event loop, and takes turns with it', async () => {
    const data = Buffer.concat([cart(offThread.compressFrom(null)), noise(offThread.decompressFrom)])
    const packed = packOff(data, { compressor, level: null, threshold: 0, failed })
    expect(Buffer.isBuffer(packed)).toBe(false)
    const payload = await packed
    expect(compressionOf(payload, registry)).toBe(compressor.name)
    const unpacked = unpackOff(payload, data.length, registry)
    expect(Buffer.isBuffer(unpacked)).toBe(false)
    expect((await unpacked).equals(data)).toBe(true)
    expect(unpack(payload, data.length, registry).equals(data)).toBe(true)
  })

  test('refuses off the event loop what it refuses on it', async () => {
    const data = noise(offThread.decompressFrom + 100_000)
    const compressed = compressor.compress(data, null)
    await expect(offThread.decompress(compressed, data.length - 1)).rejects.toHaveProperty(
      'code',
      'ERR_BUFFER_TOO_LARGE',
    )
    const cut = compressed.subarray(0, compressed.length - 100)
    await expect(offThread.decompress(cut, data.length)).rejects.toHaveProperty('message')
    const payload = Buffer.concat([Buffer.from(compressor.tag), cut])
    await expect(unpackOff(payload, data.length, registry)).rejects.toHaveProperty('name', 'PayloadError')
  })
}
