import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Compressor } from '../../src/codec/compressor.ts'
import { PayloadError, unpack } from '../../src/codec/payload.ts'
import { ALL_CASES } from '../support/all-cases.ts'
import { cart, noise, payloadErrorOf, USABLE } from './support.ts'

/** Damaged payloads a library; the checks before a release run many more. fast-check prints the seed of a run that fails; FUZZ_SEED repeats it. */
const RUNS = Number(process.env.FUZZ_RUNS ?? (ALL_CASES ? 20_000 : 2000))
const SEED = process.env.FUZZ_SEED === undefined ? {} : { seed: Number(process.env.FUZZ_SEED) }
const TURN = 1000
const LIMIT = 65_536
const MEGA = 1_048_576

type Damage = (payload: Buffer) => Buffer

/** Ours, and that of Node itself, which is of another realm than the tests: its zlib makes the errors. */
const ERRORS = [Error, Buffer.constructor('return Error')() as ErrorConstructor]
const limits = ERRORS.map(each => each.stackTraceLimit)

// Half a million errors are made here, and the stack of each would take longer than what it tells of.
beforeAll(() => {
  for (const each of ERRORS) each.stackTraceLimit = 0
})
afterAll(() => {
  for (const [at, each] of ERRORS.entries()) each.stackTraceLimit = limits[at] ?? 10
})

const place = fc.nat(1_000_000)
const damages: fc.Arbitrary<Damage> = fc.oneof(
  place.map(
    (at): Damage =>
      payload =>
        payload.subarray(0, at % payload.length),
  ),
  place.map(
    (at): Damage =>
      payload =>
        Buffer.concat([payload.subarray(0, 4), payload.subarray(at % payload.length)]),
  ),
  fc
    .array(fc.tuple(fc.oneof(place, fc.nat(20)), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    })
    .map(
      (flips): Damage =>
        payload => {
          const flipped = Buffer.from(payload)
          // Behind the tag: without it, it would be plain data.
          for (const [at, mask] of flips) {
            const index = 4 + (at % (payload.length - 4))
            flipped[index] = (flipped[index] ?? 0) ^ mask
          }
          return flipped
        },
    ),
  fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 8 })).map(
    ([at, bytes]): Damage =>
      payload => {
        const cut = 4 + (at % (payload.length - 4))
        return Buffer.concat([payload.subarray(0, cut), bytes, payload.subarray(cut)])
      },
  ),
  fc.uint8Array({ maxLength: 64 }).map(
    (bytes): Damage =>
      payload =>
        Buffer.concat([payload.subarray(0, 4), bytes]),
  ),
)

describe.each(USABLE.map(c => [c.name, c] as const))('%s', (_, compressor) => {
  const tag = Buffer.from(compressor.tag)
  const tagged = async (data: Buffer) => Buffer.concat([tag, await compressor.compress(data, null)])

  test(`answers ${RUNS} damaged payloads with data within the limit or a PayloadError, soon and in little memory`, async () => {
    const samples = [cart(300), cart(3000), Buffer.alloc(20_000), noise(200), Buffer.from('{"a":1}')]
    const payloads = await Promise.all(samples.map(tagged))
    const before = process.memoryUsage().rss
    const outcomes = { read: 0, refused: 0 }
    const property = fc.asyncProperty(fc.constantFrom(...payloads), damages, async (payload, damage) => {
      const damaged = damage(payload)
      const start = performance.now()
      try {
        const data = await unpack(damaged, LIMIT)
        outcomes.read += 1
        return data.length <= LIMIT && performance.now() - start < 2000
      } catch (error) {
        outcomes.refused += 1
        return error instanceof PayloadError && performance.now() - start < 2000
      }
    })
    for (let run = 0; run < RUNS; run += TURN) {
      await fc.assert(property, { numRuns: Math.min(TURN, RUNS - run), ...SEED })
      // As between requests: node:zlib puts its streams away in the next turn.
      await setImmediate()
    }
    expect(outcomes.read + outcomes.refused).toBeGreaterThanOrEqual(RUNS)
    expect(outcomes.refused).toBeGreaterThan(RUNS / 10)
    // What piles up between two collections of garbage, and no more.
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * MEGA)
  }, 120_000)

  test('refuses a bomb without unfolding it', async () => {
    const bomb = await tagged(Buffer.alloc((ALL_CASES ? 64 : 8) * MEGA))
    const before = process.memoryUsage().rss
    const start = performance.now()
    for (let i = 0; i < 20; i += 1) {
      const refused = await payloadErrorOf(() => unpack(bomb, MEGA))
      expect(refused.message).toContain('longer than maxDecompressedSize')
    }
    expect(performance.now() - start).toBeLessThan(2000)
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * MEGA)
  })
})

describe('a length that is declared and not there', () => {
  const little = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(value)
    return bytes
  }
  const varint = (value: number) => {
    const bytes: number[] = []
    let left = value
    for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 128)
    return Buffer.from([...bytes, left])
  }
  const declaring: Record<string, { tag: string; length: (value: number) => Buffer; skip: number }> = {
    lz4: { tag: ':l4:', length: little, skip: 4 },
    snappy: { tag: ':sn:', length: varint, skip: 2 },
  }
  const named = (name: string): Compressor => {
    const compressor = USABLE.find(c => c.name === name)
    if (!compressor) throw new Error(`${name} is not installed`)
    return compressor
  }

  test.each(['lz4', 'snappy'])(
    '%s: is refused before anything is allocated, with and without a limit',
    async name => {
      const { tag, length, skip } = declaring[name] ?? { tag: '', length: little, skip: 0 }
      const body = (await named(name).compress(cart(1000), null)).subarray(skip)
      const start = performance.now()
      const before = process.memoryUsage().rss
      for (const limit of [0, 4 * MEGA]) {
        for (const value of [1, 1_000_000, 4 * MEGA + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]) {
          const payload = Buffer.concat([Buffer.from(tag), length(value), body])
          expect(await payloadErrorOf(() => unpack(payload, limit))).toHaveProperty('name', 'PayloadError')
        }
      }
      // One wrong byte more or less is damage as well.
      for (const value of [cart(1000).length - 1, cart(1000).length + 1]) {
        const payload = Buffer.concat([Buffer.from(tag), length(value), body])
        expect((await payloadErrorOf(() => unpack(payload, 0))).message).toContain('damaged')
      }
      expect(performance.now() - start).toBeLessThan(2000)
      expect(process.memoryUsage().rss - before).toBeLessThan(50 * MEGA)
    },
  )

  test('snappy: a length of more than 32 bits is refused', async () => {
    for (const bytes of [
      [255, 255, 255, 255, 255, 1],
      [128, 128, 128],
      [255, 255, 255, 255, 127],
    ]) {
      await payloadErrorOf(() => unpack(Buffer.from([...Buffer.from(':sn:'), ...bytes]), 0))
    }
  })
})
