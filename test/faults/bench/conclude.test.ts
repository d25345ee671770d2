// What follows from measurements, which are made up here.
import { describe, expect, test } from '@jest/globals'
import { conclude } from '../../../bench/conclude.ts'
import type { Group } from '../../../bench/input/input.ts'
import { memoryOf } from '../../../bench/judge/memory.ts'
import { requestTime } from '../../../bench/judge/request.ts'
import type { Machine } from '../../../bench/machine.ts'
import type { Candidate } from '../../../bench/measure/candidates.ts'
import type { Measured } from '../../../bench/measure/measure.ts'
import { mean } from '../../../bench/measure/statistics.ts'
import { terminalReport } from '../../../bench/report/terminal.ts'
import { gzip } from '../../../src/codec/gzip.ts'

const network = { rtt: 1, mbit: 8, origin: 'given' } as const
const machine = { load: 0, cores: 2, versions: {} } as Machine
const plain: Candidate = { name: 'none', library: 'none', level: null, usual: true, compressor: undefined }
const packed: Candidate = { name: 'gzip 1', library: 'gzip', level: 1, usual: true, compressor: gzip }

/** @param spread of the rounds, as a share of the median */
function figures(candidate: Candidate, sizes: readonly number[], time: number, spread = 0): Measured {
  const one = { p50: time, p99: time, low: time * (1 - spread / 2), high: time * (1 + spread / 2) }
  return { candidate, stored: mean(sizes), sizes, in: one, out: one, block: time, trips: 100 }
}

function concluded(groups: readonly Group[], ofPacked: (group: Group) => Measured, paysFrom: number) {
  const measured = groups.map(group => ({
    group,
    figures: [
      figures(
        plain,
        group.sessions.map(({ length }) => length),
        0,
      ),
      ofPacked(group),
    ],
  }))
  const sizes = [512, 1024, 2048, 4096, 8192].map(size => ({
    size,
    figures: [figures(plain, [size], 0), figures(packed, [size < paysFrom ? 2 * size : size / 4], 0)],
  }))
  const input = { source: 'made up', notes: [], groups }
  const all = {
    groups: measured,
    sizes,
    candidates: [plain, packed],
    failed: [],
    unavailable: [],
  }
  return conclude(input, all, network, machine, false)
}

describe('a recommendation with a threshold', () => {
  const lengths = Array.from({ length: 96 }, (_, n) => (n % 2 === 0 ? 1100 : 4000))
  const group = { name: '1 to 4 KB', share: 1, sessions: lengths.map(length => Buffer.alloc(length)) }
  const halves = (one: Group) =>
    figures(
      packed,
      one.sessions.map(({ length }) => length / 2),
      0.1,
    )

  test('counts each session that is smaller as plain, whatever the mean of its group', () => {
    const { recommendations } = concluded([group], halves, 2048)
    for (const { config, memory } of recommendations) {
      expect(config).toMatchObject({ compression: 'gzip', compressionThreshold: 2048 })
      expect(memory).toBeCloseTo((memoryOf(1100) + memoryOf(2000)) / 2)
    }
  })

  test('counts their way on the wire as plain, and no work for them', () => {
    const { recommendations } = concluded([group], halves, 2048)
    const work = (0.2 * 4000) / (1100 + 4000)
    expect(recommendations[0]?.request).toBeCloseTo(requestTime((1100 + 2000) / 2, work, network))
  })

  test('below all of them counts them as they were measured', () => {
    const { recommendations, groups } = concluded([group], halves, 1024)
    expect(recommendations[0]?.config).toMatchObject({ compressionThreshold: 1024 })
    const row = groups[0]?.rows[1]
    expect(recommendations[0]?.request).toBeCloseTo(row?.request ?? 0)
    expect(recommendations[0]?.memory).toBeCloseTo(row?.memory ?? 0)
  })
})

test('the report ends with the verdict', () => {
  const group = { name: '4 KB', share: 1, sessions: [Buffer.alloc(4000)] }
  const result = concluded([group], () => figures(packed, [1000], 0.001), 512)
  expect(result.verdict).toMatch(/; gzip 1 saves \d\d % of memory\.$/)
  const about = { ...machine, node: 'v22.0.0', processor: 'one', memory: '1 GB', system: 'Linux' } as Machine
  const report = terminalReport({ ...result, machine: about })
  expect(report.replaceAll('\n', ' ').trimEnd().endsWith(`  Verdict: ${result.verdict}`)).toBe(true)
})

describe('a machine that was noisy is told', () => {
  const groups = ['a', 'b', 'c', 'd', 'the largest'].map(name => ({
    name,
    share: 0.2,
    sessions: [Buffer.alloc(4000)],
  }))
  const noisy = (which: (group: Group) => boolean) =>
    concluded(groups, group => figures(packed, [2000], 0.1, which(group) ? 0.9 : 0.02), 512).warnings

  test('with the one group that it disturbed', () => {
    expect(noisy(({ name }) => name === 'the largest')).toEqual([
      'This machine was noisy: the rounds of a measurement lie up to 90 % apart (“the largest”). Measure again when it has less to do.',
    ])
  })

  test('with all of them', () => {
    expect(noisy(() => true)).toEqual([expect.stringContaining('up to 90 % apart (all groups).')])
  })

  test('and one that was not is not', () => {
    expect(noisy(() => false)).toEqual([])
  })
})
