import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { compressionOf, unpack } from '../../src/codec/payload.ts'
import { compressorTagged } from '../../src/codec/registry.ts'
import { payloadErrorOf } from './support.ts'

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
const readable = sessions.filter(({ tag }) => tag === undefined || compressorTagged(tag))
const unreadable = sessions.filter(({ tag }) => tag !== undefined && !compressorTagged(tag))

test('the recorded sessions cover all five compressions of the reference', () => {
  expect(new Set(sessions.map(s => s.compressionLib))).toEqual(
    new Set(['none', 'gzip', 'lzf', 'lz4', 'snappy']),
  )
  expect(readable.filter(s => s.tag === ':gz:')).toHaveLength(4)
})

describe('what the PHP reference stored is read back byte for byte', () => {
  test.each(readable)('$name', ({ data, original, tag, compressionLib }) => {
    expect(unpack(data, 0).equals(original)).toBe(true)
    expect(compressionOf(data)).toBe(tag === undefined ? 'none' : compressionLib)
  })
})

test('a compression that is not available here is an error that names its tag', () => {
  for (const { data, tag } of unreadable) {
    expect(payloadErrorOf(() => unpack(data, 0)).message).toContain(tag)
    expect(compressionOf(data)).toBe(tag)
  }
})
