// What compressing and decompressing may cost the event loop, whatever a session is made of.
import { isPromise } from 'node:util/types'
import { deflateSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import type { Compressor } from '../../../src/codec/compressor.ts'
import { unpack } from '../../../src/codec/payload.ts'
import { packed, payloadErrorOf, USABLE } from '../../codec/support.ts'

/** The least of many: what it takes when nothing else wants the processor. Milliseconds. */
function least(times: number, work: () => void): number {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < times; i += 1) {
    const started = performance.now()
    work()
    best = Math.min(best, performance.now() - started)
  }
  return best
}

function random(): () => number {
  let state = 4711
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) / 0x1000000
  }
}

/** Each letter is drawn; the first with this probability, and the others alike. */
function letters(bytes: number, alphabet: number, first = 1 / alphabet): Buffer {
  const next = random()
  return Buffer.from(
    Array.from({ length: bytes }, () => {
      return 97 + (next() < first ? 0 : 1 + Math.floor(next() * (alphabet - 1)))
    }),
  )
}

/** A short text over and over, with a fault about every so many bytes. */
function periods(bytes: number, period: number, faultEvery: number): Buffer {
  const next = random()
  const data = Buffer.from(Array.from({ length: bytes }, (_, at) => 97 + (at % period)))
  for (let at = 0; at < bytes; at += 1 + Math.floor(next() * 2 * faultEvery)) data[at] = 65 + (at % 26)
  return data
}

/** Longer than whatever is compressed at once. */
const MOST = 262_144

/** Bytes of the longest data that is compressed at once: how long it is decides, and not what it is made of. */
async function longestAtOnce(compress: Compressor['compress'], level: number): Promise<number> {
  let [atOnce, later] = [0, MOST]
  const zeros = Buffer.alloc(MOST)
  while (later - atOnce > 1) {
    const middle = (atOnce + later) >> 1
    const answer = compress(zeros.subarray(0, middle), level)
    await answer
    if (isPromise(answer)) later = middle
    else atOnce = middle
  }
  return atOnce
}

const KINDS: [string, Buffer][] = [
  ...[2, 3, 4, 8, 16, 64].map((n): [string, Buffer] => [`${n} letters`, letters(MOST, n)]),
  ['runs of one of 2 letters', letters(MOST, 2, 0.8)],
  ['3 letters over and over', periods(MOST, 3, 500)],
  ['17 letters over and over', periods(MOST, 17, 20)],
]

describe('data one byte too small for another thread holds the event loop for about a millisecond:', () => {
  // A millisecond on the machine that the limits were measured on, so that this holds on any. Libraries without levels do all
  // text at much the same pace.
  const text = letters(65_536, 64)
  let millisecond = 0
  const choices = USABLE.flatMap(({ name, levels, compress }) =>
    Array.from({ length: levels ? levels.max - levels.min + 1 : 0 }, (_, n) => {
      const level = (levels?.min ?? 0) + n
      return { choice: `${name} ${level}`, level, compress }
    }),
  )
  test.each(choices)('$choice', async ({ level, compress }) => {
    millisecond ||= least(30, () => deflateSync(text, { level: 1 }))
    const bytes = await longestAtOnce(compress, level)
    expect(bytes).toBeGreaterThan(1000)
    expect(isPromise(compress(Buffer.alloc(MOST), level))).toBe(true)
    const slow = KINDS.map(([kind, text]) => {
      const data = text.subarray(0, bytes)
      return { kind, took: least(12, () => compress(data, level)) / millisecond }
    }).filter(({ took }) => took > 3)
    expect(slow).toEqual([])
  })
})

describe('data that unfolds to megabytes, from however little,', () => {
  const large = Buffer.alloc(4_000_000, 'a')

  // gzip takes 1.3 ms for the densest: its length decides alone.
  test.each(USABLE.filter(c => c.name !== 'gzip').map(c => [c.name, c] as const))(
    'is unfolded off the event loop: %s',
    async (_, compressor) => {
      const payload = await packed(large, { compressor })
      expect(isPromise(compressor.decompress(payload.subarray(4), 4_194_304))).toBe(true)
      expect((await unpack(payload, 4_194_304)).equals(large)).toBe(true)
      expect(await unpack(payload, 0)).toHaveLength(large.length)
      const refused = await payloadErrorOf(() => unpack(payload, 3_999_999))
      expect(refused.message).toContain('longer than maxDecompressedSize (3999999 bytes)')
    },
  )

  test('is refused where the limit is less', async () => {
    for (const compressor of USABLE) {
      const payload = await packed(large, { compressor })
      const refused = await payloadErrorOf(() => unpack(payload, 100_000))
      expect(refused.message).toContain('longer than maxDecompressedSize (100000 bytes)')
    }
  })
})
