import { isPromise } from 'node:util/types'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Compressor } from '../../src/codec/compressor.ts'
import { compressionOf, unpack } from '../../src/codec/payload.ts'
import { createRegistry, REGISTRY } from '../../src/codec/registry.ts'
import { ALL_CASES } from '../support/all-cases.ts'
import { cart, noise, packed, thrownBy } from './support.ts'

/**
 * What every compressor promises, ours and a user's.
 *
 * @param yields it lets the event loop turn while it works on megabytes
 */
export function compressorSuite(compressor: Compressor, yields = true): void {
  const known = REGISTRY.named(compressor.name)
  const registry = known ? { ...REGISTRY, tagged: () => compressor } : createRegistry([compressor])
  const { levels } = compressor
  const compress = async (data: Buffer, level: number | null = null) =>
    Buffer.from(await compressor.compress(data, level))
  const decompress = async (data: Buffer, limit: number) =>
    Buffer.from(await compressor.decompress(data, limit))
  const all = levels
    ? [null, ...Array.from({ length: levels.max - levels.min + 1 }, (_, i) => levels.min + i)]
    : [null]

  test.each(all)('gives back what it compressed at level %s', async level => {
    const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    const samples = [every, cart(200), cart(6000), noise(3000), Buffer.alloc(40_000), Buffer.from('a')]
    for (const data of samples) {
      const before = Buffer.from(data)
      const compressed = await compress(data, level)
      expect(data.equals(before)).toBe(true)
      expect((await decompress(compressed, 0)).equals(data)).toBe(true)
    }
  })

  test('makes a cart smaller', async () => {
    expect((await compress(cart(6000))).length).toBeLessThan(3000)
  })

  test('gives back whatever it compressed', async () => {
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
    await fc.assert(
      fc.asyncProperty(bytes, async data =>
        (await decompress(await compress(data), data.length)).equals(data),
      ),
      { numRuns: ALL_CASES ? 2000 : 300 },
    )
  })

  test('admits exactly as much as the limit, and calls what is beyond it too large', async () => {
    for (const data of [cart(5000), Buffer.alloc(100_000), noise(3000)]) {
      const compressed = await compress(data)
      expect((await decompress(compressed, data.length)).equals(data)).toBe(true)
      for (const limit of [data.length - 1, data.length >> 1, 1]) {
        expect(await thrownBy(() => decompress(compressed, limit))).toMatchObject({
          code: 'ERR_BUFFER_TOO_LARGE',
        })
      }
    }
  })

  test('throws on what is cut off, or, where its format cannot tell, gives what is left', async () => {
    const data = cart(2000)
    const compressed = await compress(data)
    let told = 0
    for (let length = 0; length < compressed.length; length += 1) {
      let left: Buffer | undefined
      try {
        left = await decompress(compressed.subarray(0, length), 100_000)
      } catch {
        told += 1
      }
      if (left) expect(left.length < data.length && data.subarray(0, left.length).equals(left)).toBe(true)
    }
    expect(told).toBeGreaterThan(compressed.length / 2)
  })

  test('is found by its tag, whatever library is chosen by then', async () => {
    const payload = await packed(cart(6000), { compressor })
    expect(compressionOf(payload, registry)).toBe(compressor.name)
    expect(payload.toString('latin1', 0, 4)).toBe(compressor.tag)
    expect((await unpack(payload, 0, registry)).equals(cart(6000))).toBe(true)
  })

  test('works on a usual session at once, without another thread', async () => {
    const compressed = compressor.compress(cart(6000), null)
    expect(isPromise(compressed)).toBe(false)
    expect(isPromise(compressor.decompress(Buffer.from(await compressed), 0))).toBe(false)
  })

  if (!yields || !ALL_CASES) return

  test('works on megabytes off the event loop, and gives them back', async () => {
    const data = Buffer.concat([cart(600_000), noise(600_000)])
    expect(isPromise(compressor.compress(data, null))).toBe(true)
    const payload = await packed(data, { compressor })
    expect(compressionOf(payload, registry)).toBe(compressor.name)
    expect(isPromise(compressor.decompress(payload.subarray(4), 0))).toBe(true)
    expect((await unpack(payload, data.length, registry)).equals(data)).toBe(true)
  })

  test('refuses off the event loop what it refuses on it', async () => {
    const data = noise(700_000)
    const compressed = await compress(data)
    expect(await thrownBy(() => decompress(compressed, data.length - 1))).toHaveProperty(
      'code',
      'ERR_BUFFER_TOO_LARGE',
    )
    const cut = compressed.subarray(0, compressed.length - 100)
    expect(await thrownBy(() => decompress(cut, data.length))).toHaveProperty('message')
    const payload = Buffer.concat([Buffer.from(compressor.tag), cut])
    await expect(unpack(payload, data.length, registry)).rejects.toHaveProperty('name', 'PayloadError')
  })
}
