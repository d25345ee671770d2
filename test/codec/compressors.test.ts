import { describe, expect, test } from '@jest/globals'
import type { Compressor } from '../../src/codec/compressor.ts'
import { gzip } from '../../src/codec/gzip.ts'
import { lzf } from '../../src/codec/lzf.ts'
import { lazily } from '../../src/codec/package.ts'
import { unpack } from '../../src/codec/payload.ts'
import { COMPRESSORS } from '../../src/codec/registry.ts'
import { compressorSuite } from './compressor-suite.ts'
import { readLzf } from './readers.ts'
import { brotli, noise, payloadErrorOf, thrownBy, USABLE } from './support.ts'

describe.each(USABLE.map(c => [c.name, c] as const))('%s', (_, compressor) => compressorSuite(compressor))
describe('a library of a user that works at once', () => compressorSuite(brotli, false))

test('a library that this Node or platform lacks says why, with a remedy, and a payload of it is an error that says it too', async () => {
  const lacking = COMPRESSORS.filter(c => c.unavailable?.() !== undefined)
  // Whatever is lacking here, this one is.
  const missing = lazily('no-such-package', () => {
    throw new Error('Cannot find module\nRequire stack: …')
  })
  const own: Compressor = {
    ...gzip,
    name: 'mine',
    tag: ':my:',
    unavailable: missing.unavailable,
    decompress: () => missing.get(),
  }
  for (const compressor of [...lacking, own]) {
    const why = compressor.unavailable?.() ?? ''
    expect(why).toMatch(/npm install|upgrade Node/)
    expect(why).not.toContain('\n')
    const registry = { tagged: () => compressor } as never
    const error = await payloadErrorOf(() => unpack(Buffer.from(`${compressor.tag}xxxxxxxx`), 0, registry))
    expect(error.message).toContain(compressor.tag)
    expect(error.message).toContain(why)
  }
})

test('zstd is there from Node 22.15 on, and its sentence says so elsewhere', () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const why = COMPRESSORS.find(c => c.name === 'zstd')?.unavailable?.()
  if (major > 23 || (major === 22 && minor >= 15)) expect(why).toBeUndefined()
  else expect(why).toContain('zstd needs Node 22.15')
})

test('a package is looked for once', async () => {
  let looked = 0
  const missing = lazily('no-such-package', () => {
    looked += 1
    throw new Error('no')
  })
  for (let i = 0; i < 3; i += 1) await thrownBy(missing.get)
  expect(missing.unavailable()).toContain('no-such-package')
  expect(looked).toBe(1)
})

describe('lzf', () => {
  test('reaches as far back as the format does, and no further', async () => {
    const start = noise(40)
    for (const gap of [8100, 8150, 8151, 8152, 8153, 8200, 9000]) {
      const data = Buffer.concat([start, noise(gap, 99), start])
      const compressed = Buffer.from(await lzf.compress(data, null))
      expect(readLzf(compressed).equals(data)).toBe(true)
      // 40 bytes that were seen 8192 bytes before cost three, or, beyond, themselves.
      if (gap + 40 > 8192) expect(compressed.length).toBeGreaterThan(data.length)
    }
  })

  test('reads the longest runs, matches and offsets that the format has', async () => {
    const literals = (data: Buffer) => Buffer.concat([Buffer.from([data.length - 1]), data])
    const pieces = Array.from({ length: 256 }, (_, i) => literals(noise(32, i + 1)))
    const farthest = Buffer.from([0xff, 0xff, 0xff])
    const data = Buffer.concat([...pieces, farthest])
    const out = Buffer.from(await lzf.decompress(data, 0))
    expect(out).toHaveLength(8192 + 264)
    expect(out.subarray(8192).equals(out.subarray(0, 264))).toBe(true)
    expect(out.equals(readLzf(data))).toBe(true)
    expect(await thrownBy(() => lzf.decompress(data.subarray(33), 0))).toHaveProperty(
      'message',
      'it refers to what was never there',
    )
  })

  test('remembers nothing of one session in the next', async () => {
    const secret = Buffer.from('{"card":"4111111111111111"}'.repeat(20))
    await lzf.compress(secret, null)
    const next = Buffer.from('{"card":"4111111111111111"}')
    expect(readLzf(Buffer.from(await lzf.compress(next, null))).equals(next)).toBe(true)
  })
})
