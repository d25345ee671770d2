import { describe, expect, test } from '@jest/globals'
import { decide, SAFETY_LOOK_MS, type Step, type View, type Waited } from '../../src/lock/decide.ts'

const limits = { breakAfter: 30_000, failAfter: 15_000 }
const OURS: View = { kind: 'ours', leaseLeft: 10_000, position: 0, looks: 0 }
const PHP: View = { kind: 'php', leaseLeft: 0, position: 0, looks: 0 }
const ENTERING: View = { ...PHP, kind: 'entering' }
const just: Waited = { total: 0, watched: 0 }
const both = (ms: number): Waited => ({ total: ms, watched: ms })

const look = (after: number): Step => ({ step: 'look', after })
const dead: Step = { step: 'break', because: 'dead' }
const overdue: Step = { step: 'break', because: 'overdue' }
const giveUp: Step = { step: 'give-up' }

interface Case {
  promise: string
  view: View
  waited?: Waited
  dead?: boolean
  unheard?: boolean
  step: Step
}

function holds(cases: Case[]): void {
  test.each(cases)('$promise', ({ view, waited = just, dead = false, unheard = false, step }) => {
    expect(decide(view, waited, limits, dead, !unheard)).toEqual(step)
  })
}

describe('a holder of ours', () => {
  holds([
    { promise: 'is looked at once a second', view: OURS, step: look(SAFETY_LOOK_MS) },
    { promise: 'is looked at just after its lease', view: { ...OURS, leaseLeft: 300 }, step: look(301) },
    {
      promise: 'is looked at at once when its lease is over',
      view: { ...OURS, leaseLeft: -50 },
      step: look(1),
    },
    {
      promise: 'is looked at as seldom from further behind',
      view: { ...OURS, position: 7 },
      step: look(SAFETY_LOOK_MS),
    },
    {
      promise: 'is looked at as seldom after many looks',
      view: { ...OURS, looks: 50 },
      step: look(SAFETY_LOOK_MS),
    },
    {
      promise: 'is looked at ten times a second where wake-ups are not heard',
      view: OURS,
      unheard: true,
      step: look(100),
    },
    { promise: 'is broken at once when it is dead', view: OURS, dead: true, step: dead },
    {
      promise: 'is called dead rather than overdue',
      view: OURS,
      waited: both(40_000),
      dead: true,
      step: dead,
    },
    { promise: 'is not broken a moment before breakAfter', view: OURS, waited: both(29_999), step: look(1) },
    { promise: 'is broken at breakAfter', view: OURS, waited: both(30_000), step: overdue },
    { promise: 'is looked at when it will be overdue', view: OURS, waited: both(29_400), step: look(600) },
    {
      promise: 'is given breakAfter of its own, however long its forerunners took',
      view: OURS,
      waited: { total: 31_000, watched: 2000 },
      step: look(SAFETY_LOOK_MS),
    },
    {
      promise: 'is broken rather than given up where both are due',
      view: OURS,
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
      view: { ...PHP, looks: n },
      step: look(after),
    })),
  )
  holds([
    {
      promise: 'is looked at each 100 ms after ever so many looks',
      view: { ...PHP, looks: 1e9 },
      step: look(100),
    },
    {
      promise: 'is polled by the head of the queue only',
      view: { ...PHP, position: 1 },
      step: look(SAFETY_LOOK_MS),
    },
    { promise: 'is polled as often where wake-ups are not heard', view: PHP, unheard: true, step: look(5) },
    { promise: 'is broken at breakAfter', view: PHP, waited: both(30_000), step: overdue },
    {
      promise: 'is looked at when it will be overdue',
      view: { ...PHP, looks: 9 },
      waited: both(29_950),
      step: look(50),
    },
  ])
})

describe('a PHP neighbour that is just entering', () => {
  holds([
    { promise: 'is looked at like any PHP holder', view: { ...ENTERING, looks: 2 }, step: look(20) },
    {
      promise: 'is not called dead, for its token is that of the holder before',
      view: ENTERING,
      dead: true,
      step: look(5),
    },
    { promise: 'is never overdue', view: { ...ENTERING, looks: 9 }, waited: both(44_000), step: look(100) },
    { promise: 'is given up in the end', view: ENTERING, waited: both(45_000), dead: true, step: giveUp },
    {
      promise: 'is looked at once more before that',
      view: { ...ENTERING, looks: 9 },
      waited: both(44_960),
      step: look(40),
    },
  ])
})

describe('a waiter', () => {
  holds([
    {
      promise: 'gives up after breakAfter + failAfter',
      view: OURS,
      waited: { total: 45_000, watched: 0 },
      step: giveUp,
    },
    {
      promise: 'does not give up a moment before',
      view: OURS,
      waited: { total: 44_999, watched: 0 },
      step: look(1),
    },
    {
      promise: 'looks once more when its time is up',
      view: OURS,
      waited: { total: 44_500, watched: 0 },
      step: look(500),
    },
    {
      promise: 'gives up behind PHP too',
      view: { ...PHP, position: 3 },
      waited: { total: 50_000, watched: 9 },
      step: giveUp,
    },
    {
      promise: 'breaks the dead even when its time is up',
      view: OURS,
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
        expect(step.step === 'look' && step.after >= 1).toBe(true)
      }
    }
  }
})

test('a failAfter of 0 gives up where breaking is impossible', () => {
  expect(decide(ENTERING, both(30_000), { breakAfter: 30_000, failAfter: 0 }, false, true)).toEqual(giveUp)
})
