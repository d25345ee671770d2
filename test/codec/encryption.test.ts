import { createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { createEncryption, keyIdOf } from '../../src/codec/encryption.ts'

const OLD = { id: 'old', key: '11'.repeat(32), from: null }
const NEW = { id: 'new', key: Buffer.alloc(32, 2).toString('base64'), from: '2030-01-01' }
const BEFORE = () => Date.parse('2029-12-31')
const AFTER = () => Date.parse('2030-01-02')
const ring = (more = {}, now = BEFORE) =>
  createEncryption({ keys: [NEW, OLD], required: false, pad: 0, ...more }, now)
const payload = Buffer.from('{"user":1}')

test('what was sealed opens to the same bytes, also empty and with bytes like padding', () => {
  for (const each of [payload, Buffer.alloc(0), Buffer.of(0x80, 0, 0x80, 0, 0)]) {
    for (const pad of [0, 1, 64])
      expect(ring().open(ring({ pad }).seal(each, 'sess_a'), 'sess_a')).toEqual(each)
  }
})

test('a reader who knows docs/encryption.md alone can open it', () => {
  const sealed = ring().seal(payload, 'sess_a')
  const root = hkdfSync('sha256', Buffer.from(OLD.key, 'hex'), '', 'latchkey/encryption/1', 32)
  const key = createHmac('sha256', Buffer.from(root)).update('record/1\0sess_a').digest()
  expect(sealed.toString('latin1', 0, 8)).toBe(':e1:\u0003old')
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(8, 20))
  decipher.setAAD(Buffer.from(':e1:old\0sess_a')).setAuthTag(sealed.subarray(-16))
  const opened = Buffer.concat([decipher.update(sealed.subarray(20, -16)), decipher.final()])
  expect(opened).toEqual(Buffer.concat([payload, Buffer.of(0x80)]))
})

test('no two payloads are alike', () => {
  expect(ring().seal(payload, 'sess_a')).not.toEqual(ring().seal(payload, 'sess_a'))
})

test('the id of a foreign key controls no terminal', () => {
  expect(keyIdOf(Buffer.from(':e1:\u0004\u001b[2J'))).toBe('%1B%5B2J')
})

test('every flipped byte is refused', () => {
  const sealed = ring({ required: true }).seal(payload, 'sess_a')
  for (let at = 0; at < sealed.length; at++) {
    const damaged = Buffer.from(sealed)
    damaged[at] = (damaged[at] as number) ^ 1
    expect(() => ring({ required: true }).open(damaged, 'sess_a')).toThrow(/payload/)
  }
})

test('a payload that is moved to another record is refused', () => {
  const sealed = ring().seal(payload, 'sess_a')
  expect(() => ring().open(sealed, 'sess_b')).toThrow('"old": it is damaged, was moved from another record')
})

test('the first active key writes, and all read', () => {
  const [before, after] = [ring({}, BEFORE).seal(payload, 'sess_a'), ring({}, AFTER).seal(payload, 'sess_a')]
  expect([keyIdOf(before), keyIdOf(after)]).toEqual(['old', 'new'])
  expect(ring({}, AFTER).open(before, 'sess_a')).toEqual(payload)
  expect(ring({}, BEFORE).open(after, 'sess_a')).toEqual(payload)
})

test('a clock that is set back brings neither an older key back nor plaintext', () => {
  let now = AFTER()
  for (const keys of [[NEW, OLD], [NEW]]) {
    now = AFTER()
    const encryption = createEncryption({ keys, required: false, pad: 0 }, () => now)
    now = BEFORE()
    expect(keyIdOf(encryption.seal(payload, 'sess_a'))).toBe('new')
  }
})

test('without an active key data stays as it is, and is encrypted all the same where that is required', () => {
  expect(ring({ keys: [] }).seal(payload, 'sess_a')).toEqual(payload)
  expect(ring({ keys: [NEW] }).seal(payload, 'sess_a')).toEqual(payload)
  expect(keyIdOf(ring({ keys: [NEW], required: true }).seal(payload, 'sess_a'))).toBe('new')
})

test('plaintext is read unless encryption is required', () => {
  expect(ring().open(payload, 'sess_a')).toEqual(payload)
  expect(() => ring({ required: true }).open(payload, 'sess_a')).toThrow('not encrypted')
})

test('a wrong or missing key is named by its id', () => {
  const sealed = ring().seal(payload, 'sess_a')
  expect(() => ring({ keys: [NEW] }).open(sealed, 'sess_a')).toThrow('"old", which is not in encryption.keys')
  const wrong = { ...OLD, key: '33'.repeat(32) }
  expect(() => ring({ keys: [wrong] }).open(sealed, 'sess_a')).toThrow('with the key "old"')
})

test('pad makes lengths alike', () => {
  const length = (n: number) => ring({ pad: 64 }).seal(Buffer.alloc(n, 1), 'sess_a').length
  expect(new Set([0, 10, 63].map(length)).size).toBe(1)
  expect(length(64)).toBe(length(0) + 64)
})
