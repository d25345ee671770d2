import { describe, expect, test } from '@jest/globals'
import { type Decision, decide, type Look, SAFETY_LOOK_MS, type Waited } from '../../src/lock/decide.ts'

const limits = { breakAfter: 30_000, failAfter: 15_000 }
const OURS: Look = { kind: 'ours', leaseLeft: 10_000, position: 0, looks: 0 }
const PHP: Look = { kind: 'php', leaseLeft: 0, position: 0, looks: 0 }
const ENTERING: Look = { ...PHP, kind: 'entering' }
const just: Waited = { total: 0, watched: 0 }
const both = (ms: number): Waited => ({ total: ms, watched: ms })

const sleep = (after: number): Decision => ({ event: 'sleep', ms: after })
const dead: Decision = { event: 'break', because: 'dead' }
const overdue: Decision = { event: 'break', because: 'overdue' }
const giveUp: Decision = { event: 'give-up' }

interface Case {
  promise: string
  look: Look
  waited?: Waited
  dead?: boolean
  unheard?: boolean
  rest?: number
  step: Decision
}

function holds(cases: Case[]): void {
  test.each(cases)('$promise', ({ look, waited = just, dead = false, unheard = false, rest, step }) => {
    expect(decide(look, waited, limits, dead, !unheard, rest)).toEqual(step)
  })
}

describe('a holder of ours', () => {
  holds([
    { promise: 'is looked at once a second', look: OURS, step: sleep(SAFETY_LOOK_MS) },
    { promise: 'is looked at just after its lease', look: { ...OURS, leaseLeft: 300 }, step: sleep(301) },
    {
      promise: 'is looked at at once when its lease is over',
      look: { ...OURS, leaseLeft: -50 },
      step: sleep(1),
    },
    {
      promise: 'is looked at as seldom from further behind',
      look: { ...OURS, position: 7 },
      step: sleep(SAFETY_LOOK_MS),
    },
    {
      promise: 'is looked at as seldom after many looks',
      look: { ...OURS, looks: 50 },
      step: sleep(SAFETY_LOOK_MS),
    },
    {
      promise: 'is looked at less often where very many wait',
      look: OURS,
      rest: 10_000,
      step: sleep(10_000),
    },
    {
      promise: 'is looked at as seldom by them where wake-ups are not heard, or its lease is over',
      look: { ...OURS, leaseLeft: -50 },
      unheard: true,
      rest: 10_000,
      step: sleep(10_000),
    },
    {
      promise: 'is broken at breakAfter by one of very many as well',
      look: OURS,
      waited: both(29_400),
      rest: 10_000,
      step: sleep(600),
    },
    {
      promise: 'is looked at ten times a second where wake-ups are not heard',
      look: OURS,
      unheard: true,
      step: sleep(100),
    },
    { promise: 'is broken at once when it is dead', look: OURS, dead: true, step: dead },
    {
      promise: 'is called dead rather than overdue',
      look: OURS,
      waited: both(40_000),
      dead: true,
      step: dead,
    },
    { promise: 'is not broken a moment before breakAfter', look: OURS, waited: both(29_999), step: sleep(1) },
    { promise: 'is broken at breakAfter', look: OURS, waited: both(30_000), step: overdue },
    { promise: 'is looked at when it will be overdue', look: OURS, waited: both(29_400), step: sleep(600) },
    {
      promise: 'is given breakAfter of its own, however long its forerunners took',
      look: OURS,
      waited: { total: 31_000, watched: 2000 },
      step: sleep(SAFETY_LOOK_MS),
    },
    {
      promise: 'is broken rather than given up where both are due',
      look: OURS,
      waited: { total: 60_000, watched: 30_000 },
      step: overdue,
    },
  ])
})

describe('a PHP holder', () => {
  const looks = [5, 10, 20, 40, 80, 100, 100]
  holds(
    looks.map((after, n) => ({
      promise: `is looked at after ${after} ms on look ${n}`,
      look: { ...PHP, looks: n },
      step: sleep(after),
    })),
  )
  holds([
    {
      promise: 'is looked at each 100 ms after ever so many looks',
      look: { ...PHP, looks: 1e9 },
      step: sleep(100),
    },
    {
      promise: 'is polled as often by the head of the queue where very many wait',
      look: PHP,
      rest: 10_000,
      step: sleep(5),
    },
    {
      promise: 'is looked at less often by the others where very many wait',
      look: { ...PHP, position: 1 },
      rest: 10_000,
      step: sleep(10_000),
    },
    {
      promise: 'is polled by the head of the queue only',
      look: { ...PHP, position: 1 },
      step: sleep(SAFETY_LOOK_MS),
    },
    { promise: 'is polled as often where wake-ups are not heard', look: PHP, unheard: true, step: sleep(5) },
    { promise: 'is broken at breakAfter', look: PHP, waited: both(30_000), step: overdue },
    {
      promise: 'is looked at when it will be overdue',
      look: { ...PHP, looks: 9 },
      waited: both(29_950),
      step: sleep(50),
    },
  ])
})

describe('a PHP neighbour that is just entering', () => {
  holds([
    { promise: 'is looked at like any PHP holder', look: { ...ENTERING, looks: 2 }, step: sleep(20) },
    {
      promise: 'is not called dead, for its token is that of the holder before',
      look: ENTERING,
      dead: true,
      step: sleep(5),
    },
    { promise: 'is never overdue', look: { ...ENTERING, looks: 9 }, waited: both(44_000), step: sleep(100) },
    { promise: 'is given up in the end', look: ENTERING, waited: both(45_000), dead: true, step: giveUp },
    {
      promise: 'is looked at once more before that',
      look: { ...ENTERING, looks: 9 },
      waited: both(44_960),
      step: sleep(40),
    },
  ])
})

describe('a waiter', () => {
  holds([
    {
      promise: 'gives up after breakAfter + failAfter',
      look: OURS,
      waited: { total: 45_000, watched: 0 },
      step: giveUp,
    },
    {
      promise: 'does not give up a moment before',
      look: OURS,
      waited: { total: 44_999, watched: 0 },
      step: sleep(1),
    },
    {
      promise: 'looks once more when its time is up',
      look: OURS,
      waited: { total: 44_500, watched: 0 },
      step: sleep(500),
    },
    {
      promise: 'gives up behind PHP too',
      look: { ...PHP, position: 3 },
      waited: { total: 50_000, watched: 9 },
      step: giveUp,
    },
    {
      promise: 'breaks the dead even when its time is up',
      look: OURS,
      waited: { total: 90_000, watched: 0 },
      dead: true,
      step: dead,
    },
  ])
})

test('no pause is shorter than a millisecond, so that a waiter never spins', () => {
  for (const kind of ['ours', 'php', 'entering'] as const) {
    for (const leaseLeft of [-1e6, -1, 0, 0.2]) {
      for (const watched of [0, 29_999.9]) {
        const step = decide(
          { kind, leaseLeft, position: 0, looks: 0 },
          { total: 44_999.9, watched },
          limits,
          false,
          true,
        )
        expect(step.event === 'sleep' && step.ms >= 1).toBe(true)
      }
    }
  }
})

test('a failAfter of 0 gives up where breaking is impossible', () => {
  expect(decide(ENTERING, both(30_000), { breakAfter: 30_000, failAfter: 0 }, false, true)).toEqual(giveUp)
})
