import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { type Lifetimes, lifetime, touchFor, type Visitor } from '../src/lifetime.ts'

const DEFAULTS: Lifetimes = {
  lifetime: 86_400,
  firstLifetime: 600,
  botLifetime: 7200,
  botFirstLifetime: 60,
  minLifetime: 60,
  maxLifetime: 2_592_000,
  absoluteLifetime: 0,
  touchInterval: 60,
}
const person = (rung: number, maxAge?: number): Visitor => ({ rung, bot: false, maxAge })
const bot = (rung: number, maxAge?: number): Visitor => ({ rung, bot: true, maxAge })

interface Case {
  promise: string
  visitor: Visitor
  options?: Partial<Lifetimes>
  seconds: number
}

function holds(cases: Case[]): void {
  test.each(cases)('$promise', ({ visitor, options = {}, seconds }) => {
    expect(lifetime(visitor, { ...DEFAULTS, ...options })).toBe(seconds)
  })
}

describe('a session lives as long as in the PHP reference', () => {
  const { states } = JSON.parse(
    readFileSync(new URL('fixtures/cm-states.json', import.meta.url), 'utf8'),
  ) as {
    states: { name: string; ttl: number }[]
  }
  const figures = states.filter(({ name }) => name.startsWith('ttl-'))

  test('as recorded in twelve states', () => {
    expect(figures).toHaveLength(12)
  })

  test.each(figures)('$name: $ttl s', ({ name, ttl }) => {
    const [, who, write] = /^ttl-(human|bot|no-ua)-write(\d)$/.exec(name) ?? []
    expect(lifetime({ rung: Number(write) - 1, bot: who !== 'human' }, DEFAULTS)).toBe(ttl)
  })
})

describe('the ladder', () => {
  holds([
    { promise: 'gives a person firstLifetime at first', visitor: person(0), seconds: 600 },
    { promise: 'gives a person twice that the second time', visitor: person(1), seconds: 1200 },
    { promise: 'gives a person the whole lifetime from then on', visitor: person(2), seconds: 86_400 },
    { promise: 'goes no higher for a person', visitor: person(1e9), seconds: 86_400 },
    { promise: 'gives a bot botFirstLifetime at first', visitor: bot(0), seconds: 60 },
    { promise: 'gives a bot twice that the second time', visitor: bot(1), seconds: 120 },
    { promise: 'gives a bot botLifetime from then on', visitor: bot(2), seconds: 7200 },
    { promise: 'goes no higher for a bot', visitor: bot(1e9), seconds: 7200 },
  ])
})

describe('a rule of 0 is switched off:', () => {
  holds([
    {
      promise: 'a person lives for lifetime at once',
      visitor: person(0),
      options: { firstLifetime: 0 },
      seconds: 86_400,
    },
    {
      promise: 'a bot lives for botLifetime at once',
      visitor: bot(0),
      options: { botFirstLifetime: 0 },
      seconds: 7200,
    },
    {
      promise: 'a bot is treated like people at first',
      visitor: bot(0),
      options: { botLifetime: 0 },
      seconds: 600,
    },
    {
      promise: 'a bot is treated like people later',
      visitor: bot(5),
      options: { botLifetime: 0 },
      seconds: 86_400,
    },
    {
      promise: 'a bot is treated like people without a first lifetime',
      visitor: bot(0),
      options: { botLifetime: 0, firstLifetime: 0 },
      seconds: 86_400,
    },
    { promise: 'the minimum', visitor: person(0), options: { firstLifetime: 5, minLifetime: 0 }, seconds: 5 },
  ])
})

describe('the bounds', () => {
  holds([
    { promise: 'lift what is too short', visitor: person(0), options: { firstLifetime: 5 }, seconds: 60 },
    {
      promise: 'lift the second rung on its own',
      visitor: person(1),
      options: { firstLifetime: 40 },
      seconds: 80,
    },
    { promise: 'lift a bot', visitor: bot(0), options: { botFirstLifetime: 1 }, seconds: 60 },
    { promise: 'cut what is too long', visitor: person(2), options: { lifetime: 1e9 }, seconds: 2_592_000 },
    { promise: 'cut the ladder', visitor: person(1), options: { maxLifetime: 700 }, seconds: 700 },
    { promise: 'cut a bot', visitor: bot(2), options: { maxLifetime: 100 }, seconds: 100 },
    {
      promise: 'admit their own values',
      visitor: person(2),
      options: { lifetime: 60, maxLifetime: 60 },
      seconds: 60,
    },
    {
      promise: 'leave fractions of seconds alone',
      visitor: person(0),
      options: { firstLifetime: 90.5 },
      seconds: 90.5,
    },
  ])
})

describe("the cookie's maxAge", () => {
  holds([
    { promise: 'stands in for lifetime', visitor: person(2, 100_000), seconds: 100_000 },
    { promise: 'cuts the ladder', visitor: person(0, 300), seconds: 300 },
    { promise: 'does not lengthen the ladder', visitor: person(0, 100_000), seconds: 600 },
    { promise: 'cuts a bot', visitor: bot(2, 100), seconds: 100 },
    { promise: 'does not lengthen a bot', visitor: bot(2, 100_000), seconds: 7200 },
    {
      promise: 'is below the minimum all the same, for the cookie is gone by then',
      visitor: person(2, 10),
      seconds: 10,
    },
    { promise: 'is cut by the maximum', visitor: person(2, 1e9), seconds: 2_592_000 },
    { promise: 'may be for ever', visitor: person(2, Number.POSITIVE_INFINITY), seconds: 2_592_000 },
    // A record with no time to live would be gone within the step that hands its lock on.
    { promise: 'that is over leaves a millisecond', visitor: person(2, 0), seconds: 0.001 },
    { promise: 'that is long over leaves a millisecond', visitor: person(2, -5), seconds: 0.001 },
    { promise: 'that is no number counts as not given', visitor: person(2, Number.NaN), seconds: 86_400 },
    {
      promise: 'that is no number counts as not given early on',
      visitor: person(0, Number.NaN),
      seconds: 600,
    },
  ])
})

describe('a touch', () => {
  const touch = (visitor: Visitor, options: Partial<Lifetimes> = {}) =>
    touchFor(visitor, { ...DEFAULTS, ...options })

  test('says the same in milliseconds', () => {
    expect(touch(person(2), { absoluteLifetime: 3600 })).toEqual({
      ttl: 86_400_000,
      absolute: 3_600_000,
      interval: 60_000,
    })
  })

  test.each<[string, Visitor, Partial<Lifetimes>, number]>([
    ['is touchInterval for a long life', person(2), {}, 60_000],
    ['is a tenth of a short life', bot(0), {}, 6000],
    ['is a tenth exactly where both are the same', person(0), {}, 60_000],
    ['is a tenth of what the cookie leaves', person(2, 30), {}, 3000],
    ['is 0 for every request', person(2), { touchInterval: 0 }, 0],
    ['is whole milliseconds', person(0, 0.055), {}, 5],
  ])('its interval %s', (_, visitor, options, interval) => {
    expect(touch(visitor, options).interval).toBe(interval)
  })
})
