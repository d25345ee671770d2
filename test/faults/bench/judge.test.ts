import { describe, expect, test } from '@jest/globals'
import type { Cost, Purpose } from '../../../bench/judge/cost.ts'
import { memoryOf, sizeClass } from '../../../bench/judge/memory.ts'
import { alike, spreadShare } from '../../../bench/judge/noise.ts'
import { reasonOf } from '../../../bench/judge/reason.ts'
import { choose, configOf, type Judged, SHIPPED } from '../../../bench/judge/recommend.ts'
import { requestTime, wireOf } from '../../../bench/judge/request.ts'
import { type Point, paysFrom } from '../../../bench/judge/threshold.ts'
import { verdictOf } from '../../../bench/judge/verdict.ts'
import { loadOptions } from '../../../src/config/load.ts'

describe('the memory of a session', () => {
  // used_memory of Redis 7.0.15 for thousands of records, divided by their number.
  test.each([
    [108, 879],
    [208, 991],
    [508, 1395],
    [1008, 1789],
    [1508, 2301],
    [3008, 3827],
    [6008, 6899],
    [20_008, 21_245],
  ])('of %i bytes is what Redis uses for it', (payload, used) => {
    expect(Math.abs(memoryOf(payload) - used)).toBeLessThan(12)
  })

  test('rests on what a real server said of its records, where one was asked', () => {
    expect(memoryOf(1008, 500)).toBe(500 + 1024)
  })

  test.each([
    [1, 8],
    [16, 16],
    [17, 32],
    [128, 128],
    [129, 160],
    [256, 256],
    [257, 320],
    [1025, 1280],
    [16_384, 16_384],
    [16_385, 20_480],
  ])('a text of %i bytes gets %i', (bytes, got) => expect(sizeClass(bytes)).toBe(got))
})

test('a request pays two round trips, both payloads and the work', () => {
  const network = { rtt: 2, mbit: 8, origin: 'given' } as const
  expect(wireOf(1000)).toBe(2895)
  // 8 Mbit/s are a byte a microsecond.
  expect(requestTime(1000, 0.5, network)).toBeCloseTo(2 * 2 + 2.895 + 0.5)
})

describe('a library pays', () => {
  const point = (size: number, request: number, memory = 1): Point => ({
    size,
    compressed: { request, memory },
    plain: { request: 1, memory: 1 },
  })
  test.each<[string, Point[], number | undefined]>([
    ['from the smallest size on', [point(128, 0.9), point(256, 0.8)], 128],
    ['from where the request gets faster', [point(128, 1.1), point(256, 0.99), point(512, 0.9)], 256],
    ['only from where it never gets worse again', [point(128, 0.9), point(256, 1.1), point(512, 0.9)], 512],
    ['never, when the largest size does not gain', [point(128, 0.9), point(256, 1)], undefined],
    ['never, where nothing was measured', [], undefined],
    ['in whatever order the sizes come', [point(512, 0.9), point(128, 1.1), point(256, 0.9)], 256],
  ])('%s', (_, points, from) => expect(paysFrom(points, 'fastest')).toBe(from))

  test('by memory, by time, or by both together', () => {
    const points = [point(1024, 1.2, 0.5)]
    expect(paysFrom(points, 'fastest')).toBeUndefined()
    expect(paysFrom(points, 'smallest')).toBe(1024)
    expect(paysFrom(points, 'balanced')).toBe(1024)
  })
})

const cost = (request: number, memory: number): Cost => ({
  wire: 0,
  memory,
  request,
  requestLow: request,
  requestHigh: request,
})
const always = { fastest: 128, smallest: 128, balanced: 128 }
const never = { fastest: undefined, smallest: undefined, balanced: undefined }
const judged = (name: string, costs: Cost[], from: Judged['from'] = always): Judged => ({
  name,
  library: name.split(' ')[0] ?? name,
  level: name.includes(' ') ? Number(name.split(' ')[1]) : null,
  costs: () => costs,
  from,
})
const oneGroup = [1]
const plain = judged('none', [cost(1, 6000)], never)

describe('the recommendation', () => {
  const quick = judged('quick', [cost(0.9, 3000)])
  const tight = judged('tight 1', [cost(1.1, 2000)])
  const tightest = judged('tight 9', [cost(2, 1800)])

  test.each<[Purpose, string]>([
    ['fastest', 'quick'],
    ['smallest', 'tight 9'],
    ['balanced', 'tight 1'],
  ])('for the %s is %s', (purpose, name) => {
    expect(choose(purpose, plain, [quick, tight, tightest], oneGroup).name).toBe(name)
  })

  test('is no compression where nothing pays', () => {
    const slow = judged('slow 1', [cost(3, 5900)], { ...always, fastest: undefined })
    const choice = choose('fastest', plain, [slow], oneGroup)
    expect(choice.name).toBe('none')
    expect(configOf(choice)).toEqual({ compression: 'none', compressionLevel: null })
    expect(reasonOf(choice)).toContain('Nothing is faster than not compressing here')
  })

  test('counts what is smaller than the threshold as plain', () => {
    const base = judged('none', [cost(1, 1000), cost(1, 6000)], never)
    // Ruinous for small sessions, which it never gets to see.
    const late: Judged = {
      ...judged('late', [], { ...always, fastest: 2048 }),
      costs: threshold => [threshold > 300 ? cost(1, 1000) : cost(9, 9000), cost(0.8, 2000)],
    }
    const choice = choose('fastest', base, [late], [0.5, 0.5])
    expect(choice).toMatchObject({ name: 'late', threshold: 2048 })
    expect(choice.cost).toMatchObject({ request: 0.9, memory: 1500 })
  })

  test('weighs groups by how common they are', () => {
    const base = judged('none', [cost(1, 1000), cost(1, 9000)], never)
    const small = judged('small', [cost(0.9, 900), cost(1.5, 9000)])
    const large = judged('large', [cost(1.1, 900), cost(0.5, 9000)])
    expect(choose('fastest', base, [small, large], [0.9, 0.1]).name).toBe('small')
  })

  test.each<[Purpose, string, Cost, Cost]>([
    ['fastest', 'takes less memory', cost(0.9, 3500), cost(0.905, 3000)],
    ['smallest', 'is faster', cost(1.5, 2000), cost(1.2, 2010)],
    ['balanced', 'is faster', cost(1.5, 2000), cost(1, 3010)],
  ])(
    'for the %s, of what is as good within a percent, is what %s, and the reason names the other',
    (purpose, _, best, better) => {
      const all = [judged('mine 9', [best]), judged('mine 6', [better])]
      for (const candidates of [all, all.toReversed()]) {
        const choice = choose(purpose, plain, candidates, oneGroup)
        expect(choice.name).toBe('mine 6')
        expect(reasonOf(choice)).toContain('Within a percent of it: mine 9 with ')
      }
    },
  )

  test('is the one that saves memory, where a slow network makes all equally fast', () => {
    const far = judged('none', [cost(20, 6000)], never)
    expect(choose('fastest', far, [judged('quick', [cost(19.9, 3000)])], oneGroup).name).toBe('quick')
  })

  test('says what it saves, and what it costs', () => {
    const reason = reasonOf(choose('balanced', plain, [quick, tight], oneGroup))
    expect(reason).toContain('A million sessions take 1.86 GB (67 % less)')
    expect(reason).toContain('1.100 ms on its session (10 % more)')
    expect(reason).toContain('Next comes quick')
  })

  test('is the options that say it', () => {
    expect(configOf(choose('smallest', plain, [tightest], oneGroup))).toEqual({
      compression: 'tight',
      compressionLevel: 9,
      compressionThreshold: 128,
    })
  })
})

describe('a difference below the noise is none', () => {
  const noisy = (request: number, memory: number, noise: number): Cost => ({
    ...cost(request, memory),
    ...{ requestLow: request - noise, requestHigh: request + noise },
  })

  test('of two that are equally fast within it, the one that takes less memory is the fastest', () => {
    const candidates = [judged('quick', [noisy(0.7, 3000, 0.1)]), judged('tight 1', [noisy(0.85, 2000, 0.1)])]
    const choice = choose('fastest', plain, candidates, oneGroup)
    expect(choice.name).toBe('tight 1')
    expect(reasonOf(choice)).toContain('Not measurably different: quick with 0.700 ms.')
  })

  test('and of two that are equal in both, the one that is the default', () => {
    const candidates = [judged('lz4', [noisy(0.7, 3000, 0.1)]), judged('snappy', [noisy(0.75, 3020, 0.1)])]
    for (const all of [candidates, candidates.toReversed()]) {
      expect(choose('fastest', plain, all, oneGroup).name).toBe('snappy')
      expect(choose('balanced', plain, all, oneGroup).name).toBe('snappy')
      expect(choose('smallest', plain, all, oneGroup).name).toBe('snappy')
    }
  })

  test('and is not written as a number', () => {
    const choice = choose('smallest', plain, [judged('tight 1', [noisy(1.02, 2000, 0.1)])], oneGroup)
    expect(reasonOf(choice)).toContain('(no measurable change)')
  })

  test('memory is counted in bytes: no noise makes it equal', () => {
    const candidates = [judged('quick', [noisy(0.7, 3000, 9)]), judged('tight 1', [noisy(0.7, 2900, 9)])]
    expect(choose('smallest', plain, candidates, oneGroup).name).toBe('tight 1')
  })
})

describe('the verdict is one sentence', () => {
  const said = (candidates: Judged[], shipped?: Cost) =>
    verdictOf(choose('balanced', plain, candidates, oneGroup), shipped)
  const among = (name: string, request: number, memory: number, noise = 0) =>
    judged(name, [{ ...cost(request, memory), requestLow: request - noise, requestHigh: request + noise }])

  test.each<[string, string]>([
    [
      said([among('snappy', 0.98, 4380)], cost(0.98, 4380)),
      'Speed hardly differs; snappy, the default, saves 27 % of memory.',
    ],
    [
      said([among('gzip 6', 1.02, 2400)], cost(0.98, 3540)),
      'Speed hardly differs; gzip 6 saves 60 % of memory, the default (snappy from 2 KB) 41 %.',
    ],
    [said([among('gzip 6', 1.02, 2400)]), 'Speed hardly differs; gzip 6 saves 60 % of memory.'],
    [
      said([among('gzip 6', 1.3, 2400, 0.4)], cost(1, 6000)),
      'Speed does not differ; gzip 6 saves 60 % of memory, the default (snappy from 2 KB) nothing.',
    ],
    [
      said([among('gzip 6', 1.12, 2400)]),
      'A request spends 12 % more time on its session; gzip 6 saves 60 % of memory.',
    ],
    [
      said([among('snappy', 0.5, 5990)]),
      'A request spends 50 % less time on its session; snappy, the default, saves no memory.',
    ],
    [
      said([among('gzip 6', 3, 5900)]),
      'Compression does not pay here: it saves too little memory for the time that it takes.',
    ],
  ])('%s', (sentence, expected) => expect(sentence).toBe(expected))

  test('and means by the default what the options say', () => {
    const { compression, compressionThreshold } = loadOptions({ store: 'memory' }, {})
    expect(SHIPPED).toEqual({ library: compression, threshold: compressionThreshold })
  })
})

describe('a machine is too noisy', () => {
  const rounds = (name: string, low: number, high: number) => ({ name, library: name, low, high })
  test('to tell two libraries apart whose rounds overlap', () => {
    const [a, b, c] = [rounds('a', 1, 3), rounds('b', 2, 4), rounds('c', 5, 6)]
    expect(alike([a, b, c])).toEqual([[a, b]])
  })

  test('which says nothing of the levels of one library', () => {
    expect(alike([rounds('a', 1, 3), { ...rounds('a', 2, 4), name: 'a 2' }])).toEqual([])
  })

  test.each([
    [{ p50: 10, low: 9, high: 11 }, 0.2],
    [{ p50: 0, low: 0, high: 0 }, 0],
  ])('by the distance of its rounds: %j is %f', (spread, share) =>
    expect(spreadShare(spread)).toBeCloseTo(share),
  )
})
