import { deflateSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { admit } from '../../../bench/input/admit.ts'
import { banded } from '../../../bench/input/bands.ts'
import { phpSession } from '../../../bench/input/php.ts'
import { looksLikeSession } from '../../../bench/input/recognise.ts'
import { builtInShops } from '../../../bench/input/shops.ts'
import { gzip } from '../../../src/codec/gzip.ts'

describe('the built-in shops', () => {
  const { groups } = builtInShops(1)

  test('have the sizes that they are named after', () => {
    const mean = groups.map(
      ({ sessions }) => sessions.reduce((sum, { length }) => sum + length, 0) / sessions.length,
    )
    const [small = 0, json = 0, php = 0, large = 0, huge = 0] = mean
    expect(small).toBeLessThan(2000)
    expect(Math.abs(json - 6000)).toBeLessThan(700)
    expect(php).toBeGreaterThan(json)
    expect(Math.abs(large - 20_000)).toBeLessThan(1000)
    expect(Math.abs(huge - 200_000)).toBeLessThan(1000)
    expect(groups.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
  })

  test('are the same for one seed and others for another', () => {
    const bytesOf = (shops: typeof groups) => Buffer.concat(shops.flatMap(group => group.sessions))
    expect(bytesOf(builtInShops(1).groups).equals(bytesOf(groups))).toBe(true)
    expect(bytesOf(builtInShops(2).groups).equals(bytesOf(groups))).toBe(false)
  })

  test('do not repeat themselves: half a session tells little of the other half', () => {
    for (const { sessions } of groups) {
      for (const session of sessions) {
        const small = deflateSync(session, { level: 9 }).length / session.length
        expect(small).toBeGreaterThan(0.2)
        expect(small).toBeLessThan(0.7)
      }
    }
  })

  test('are recognised as sessions, JSON and PHP', () => {
    expect(groups.flatMap(({ sessions }) => sessions).every(looksLikeSession)).toBe(true)
  })
})

test('PHP text is what PHP writes', () => {
  const data = { a: 'ä"', n: 3, f: 1.5, yes: true, no: null, list: [1, 'x'], map: { k: false } }
  expect(phpSession(data).toString()).toBe(
    'a|s:3:"ä"";n|i:3;f|d:1.5;yes|b:1;no|N;list|a:2:{i:0;i:1;i:1;s:1:"x";}map|a:1:{s:1:"k";b:0;}',
  )
})

describe('a session', () => {
  test.each([
    ['JSON', '{"a":1}', true],
    ['an empty object', ' {} ', true],
    ['PHP session text', '_sf2_attributes|a:0:{}', true],
    ['php_serialize', 'a:1:{s:1:"a";i:1;}', true],
    ['igbinary', '\0\0\0\x02\x14\x01', true],
    ['a JSON list', '[1]', false],
    ['half an object', '{"a":', false],
    ['prose', 'Dear diary, | today', false],
    ['nothing', '', false],
  ])('is told by its looks: %s', (_, text, is) =>
    expect(looksLikeSession(Buffer.from(text, 'latin1'))).toBe(is),
  )
})

describe('what is admitted', () => {
  const json = Buffer.from('{"cart":["tea","tea","tea","tea"]}')
  const packed = Buffer.concat([Buffer.from(gzip.tag), deflateSync(json)])

  test('is decompressed by its tag first', async () => {
    expect((await admit([{ payload: packed, trusted: false }])).sessions).toEqual([json])
  })

  test('is not what is damaged, nor what looks like no session, unless it is trusted', async () => {
    const damaged = packed.subarray(0, 12)
    const prose = Buffer.from('Dear diary')
    const { sessions, notes } = await admit([
      { payload: damaged, trusted: true },
      { payload: prose, trusted: false },
      { payload: prose, trusted: true },
      { payload: json, trusted: false },
    ])
    expect(sessions).toEqual([prose, json])
    expect(notes).toEqual([
      'Left out: 1 session that no library here can decompress.',
      'Left out: 1 payload without the looks of a session: JSON, PHP or igbinary (--any takes them).',
    ])
  })

  test('is nothing that unfolds to more than a megabyte', async () => {
    const large = deflateSync(Buffer.alloc(2 ** 20 + 1, '{'))
    const payload = Buffer.concat([Buffer.from(gzip.tag), large])
    const { sessions, damaged, notes } = await admit([{ payload, trusted: true }])
    expect([sessions, damaged]).toEqual([[], 0])
    expect(notes).toEqual(['Left out: 1 session of more than 1 MB, decompressed.'])
  })

  test('is as much as memory and time allow', async () => {
    const large = Buffer.alloc(2 ** 20, 'x')
    const { sessions, notes } = await admit(
      Array.from({ length: 26 }, () => ({ payload: large, trusted: true })),
    )
    expect(sessions).toHaveLength(24)
    expect(notes).toEqual(['Left out: 2 sessions, as 24 MB are measured.'])
  })
})

test('sessions of one’s own are grouped by size, by how common they are', () => {
  const groups = banded([100, 200, 5000, 100_000].map(size => Buffer.alloc(size)))
  expect(groups.map(({ name, share, sessions }) => [name, share, sessions.length])).toEqual([
    ['under 1 KB', 0.5, 2],
    ['4 to 16 KB', 0.25, 1],
    ['64 KB and more', 0.25, 1],
  ])
})
