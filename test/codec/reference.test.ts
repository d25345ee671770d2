import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { compressionOf, unpack } from '../../src/codec/payload.ts'
import { REGISTRY } from '../../src/codec/registry.ts'
import { readers } from './readers.ts'
import { cart, noise, packed } from './support.ts'

interface Stored {
  name: string
  payload: string
  compressionLib: string
  hash: { data: string | null }
}

const recorded = JSON.parse(
  readFileSync(new URL('../fixtures/cm-sessions.json', import.meta.url), 'utf8'),
) as {
  payloads: Record<string, string>
  sessions: Stored[]
}
const base64 = (text: string | undefined) => Buffer.from(text ?? '', 'base64')

const sessions = recorded.sessions.map(({ name, payload, compressionLib, hash }) => {
  const original = base64(recorded.payloads[payload])
  const data = hash.data === null ? original : base64(hash.data)
  return {
    name,
    compressionLib,
    original,
    data,
    tag: hash.data === null ? undefined : data.toString('latin1', 0, 4),
  }
})
const compressed = sessions.filter(({ tag }) => tag !== undefined && REGISTRY.tagged(tag))

test('the recorded sessions cover all five compressions of the reference', () => {
  expect(new Set(sessions.map(s => s.compressionLib))).toEqual(
    new Set(['none', 'gzip', 'lzf', 'lz4', 'snappy']),
  )
  expect(new Set(compressed.map(s => s.tag))).toEqual(new Set([':gz:', ':lz:', ':l4:', ':sn:']))
})

describe('what the PHP reference stored is read back byte for byte', () => {
  test.each(sessions)('$name', async ({ data, original, tag, compressionLib }) => {
    expect((await unpack(data, 0)).equals(original)).toBe(true)
    expect((await unpack(data, original.length)).equals(original)).toBe(true)
    expect(compressionOf(data)).toBe(tag === undefined ? 'none' : compressionLib)
  })
})

describe('what is written has the format of PHP, as a reader made after the format alone says', () => {
  const payloads = [...Object.values(recorded.payloads).map(base64), cart(6000), cart(300_000), noise(5000)]

  test.each(Object.entries(readers))('%s', async (name, read) => {
    const fromPhp = compressed.filter(s => s.compressionLib === name)
    expect(fromPhp.length).toBeGreaterThan(0)
    for (const { data, original } of fromPhp) expect(read(data.subarray(4)).equals(original)).toBe(true)

    const compressor = REGISTRY.named(name)
    for (const data of payloads.filter(each => each.length > 0)) {
      const written = (await compressor?.compress(data, null)) ?? Buffer.alloc(0)
      expect(read(Buffer.from(written)).equals(data)).toBe(true)
    }
    expect((await packed(cart(6000), { compressor })).toString('latin1', 0, 4)).toBe(fromPhp[0]?.tag)
  })
})
