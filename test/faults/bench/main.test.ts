// The whole bench in this process, with libraries of the test's own and a moment of measuring.
import { inflateSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { main } from '../../../bench/main.ts'
import { type Candidate, candidatesOf } from '../../../bench/measure/candidates.ts'
import { measureGroup } from '../../../bench/measure/measure.ts'
import { zlibSync } from '../../../bench/measure/zlib-sync.ts'
import type { Result } from '../../../bench/report/result.ts'
import { gzip } from '../../../src/codec/gzip.ts'
import { COMPRESSORS, type Compressor } from '../../../src/codec/index.ts'
import { loadOptions } from '../../../src/config/load.ts'

const MOMENT = { groups: { time: 40, rounds: 5 }, sizes: { time: 20, rounds: 3 } }

/** Halves what it is given, and gives back something else. */
const liar: Compressor = {
  name: 'liar',
  tag: ':li:',
  compress: data => data.subarray(0, data.length >> 3),
  decompress: data => Buffer.concat([data, data]),
}
const thrower: Compressor = {
  ...liar,
  name: 'thrower',
  tag: ':th:',
  decompress: () => {
    throw new Error('out of ideas')
  },
}
const absent: Compressor = {
  ...liar,
  name: 'absent',
  tag: ':ab:',
  unavailable: () => 'absent is not installed.',
}
/** Right, and never smaller. */
const echo: Compressor = {
  name: 'echo',
  tag: ':ec:',
  compress: data => Buffer.from(data),
  decompress: data => data,
}

class Paper {
  text = ''
  write(text: string) {
    this.text += text
  }
}

async function run(
  args: string[],
  compressors: readonly Compressor[],
  isTTY = false,
  compared: readonly Candidate[] = [],
) {
  const [out, screen] = [new Paper(), new Paper()]
  const code = await main(args, {
    out,
    screen: Object.assign(screen, { isTTY, columns: 80 }),
    environment: {},
    compressors,
    compared,
    plan: MOMENT,
  })
  return { code, out: out.text, screen: screen.text }
}

describe('a library that does not give back what it was given', () => {
  test('is reported as FAILED, and never measured or recommended', async () => {
    const { code, out } = await run(['--json'], [liar, thrower, gzip])
    const result = JSON.parse(out) as Result
    expect(code).toBe(0)
    expect(result.failed).toEqual([
      { name: 'liar', failed: 'what came out is not what went in' },
      { name: 'thrower', failed: 'out of ideas' },
    ])
    const names = JSON.stringify([result.groups, result.thresholds, result.recommendations])
    expect(names).not.toMatch(/liar|thrower/)
    expect(result.recommendations.find(({ purpose }) => purpose === 'smallest')?.name).toMatch(/^gzip/)
  })

  test('is named in the terminal', async () => {
    const { out } = await run([], [liar])
    expect(out).toContain('FAILED: liar does not give back what it was given: what came out is not what')
  })
})

describe('zlib-sync', () => {
  /** As zlib-sync is: no limit, and an error code in place of the end that did not fit. */
  class Inflate {
    static used = 0
    err = 0
    result: Buffer | null = null
    readonly #chunk: number

    constructor({ chunkSize }: { chunkSize: number }) {
      this.#chunk = chunkSize
    }

    push(data: Buffer): void {
      Inflate.used += 1
      const result = inflateSync(data)
      this.err = result.length > this.#chunk ? -5 : 1
      if (this.err === 1) this.result = result
    }
  }
  const standIn = () => ({ Inflate, Z_STREAM_END: 1 })

  test('has a row beside the others where it is installed, and is never recommended', async () => {
    const { out } = await run(['--json'], [gzip], false, zlibSync(standIn))
    const result = JSON.parse(out) as Result
    for (const { rows } of result.groups) {
      const [theirs, ours] = ['zlib-sync', 'gzip 1'].map(name => rows.find(row => row.name === name))
      expect(theirs?.stored).toBe(ours?.stored)
    }
    expect(Inflate.used).toBeGreaterThan(100)
    expect(JSON.stringify([result.thresholds, result.recommendations, result.failed])).not.toContain(
      'zlib-sync',
    )
  })

  test('inflates so few payloads that its leak does no harm, however long the bench measures', async () => {
    const group = { name: 'carts', share: 1, sessions: [Buffer.alloc(1000, 'cart ')] }
    const [measured] = await measureGroup(group, zlibSync(standIn), { rounds: 2, slice: 60_000 }, () => {})
    expect(measured).toHaveProperty('trips', 200)
  })

  test('is not mentioned where it is not installed', () => {
    const absent = () => {
      throw new Error("Cannot find module 'zlib-sync'")
    }
    expect(zlibSync(absent)).toEqual([])
  })
})

test('a library that never gains leads to no compression at all', async () => {
  const { out } = await run(['--json'], [echo])
  const result = JSON.parse(out) as Result
  expect(result.recommendations.map(({ config }) => config.compression)).toEqual(['none', 'none', 'none'])
  expect(result.thresholds[0]?.from).toEqual({ fastest: null, smallest: null, balanced: null })
})

test('a library that is not there is named with the reason', async () => {
  const { code, out } = await run([], [absent, gzip])
  expect(code).toBe(0)
  expect(out).toContain('Not available: absent. absent is not installed.')
})

test('the report fits 80 columns, with every library at once', async () => {
  const { out } = await run([], COMPRESSORS)
  expect(Math.max(...out.split('\n').map(line => [...line].length))).toBeLessThanOrEqual(80)
})

test('a terminal gets a progress bar that is gone at the end, and a pipe none', async () => {
  const onTerminal = await run([], [gzip], true)
  expect(onTerminal.screen).toContain('█')
  expect(onTerminal.screen.endsWith('\r\x1b[K')).toBe(true)
  for (const frame of onTerminal.screen.split('\r\x1b[K')) expect(frame.length).toBeLessThan(80)
  expect((await run([], [gzip])).screen).toBe('')
})

test('rounds, sizes and costs of the JSON are numbers that fit together', async () => {
  const { groups, network } = JSON.parse(
    (await run(['--json', '--rtt', '3', '--mbit', '10'], [gzip])).out,
  ) as Result
  expect(network).toEqual({ rtt: 3, mbit: 10, origin: 'given' })
  for (const { bytes, rows } of groups) {
    expect(rows.map(({ name }) => name)).toEqual(['none', 'gzip 1', 'gzip 4', 'gzip 6', 'gzip 9'])
    for (const row of rows) {
      expect(row.ratio).toBeCloseTo(row.stored / bytes, 3)
      expect(row.wire).toBeCloseTo(2 * row.stored + 895, -1)
      expect(row.request).toBeCloseTo(6 + (row.wire * 8) / 10_000 + row.in.p50 + row.out.p50, 2)
      expect(row.in.low).toBeLessThanOrEqual(row.in.high)
      expect(row.in.p50).toBeLessThanOrEqual(row.in.p99)
    }
  }
})

test('what can be recommended, the options accept', async () => {
  for (const { library, level } of candidatesOf(COMPRESSORS).candidates) {
    expect(() => loadOptions({ compression: library, compressionLevel: level }, {})).not.toThrow()
  }
})
