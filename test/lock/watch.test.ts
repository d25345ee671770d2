import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { patienceOf } from '../../src/lock/decide.ts'
import { type Queued, Watch } from '../../src/lock/watch.ts'

const limits = { breakAfter: 30_000, failAfter: 15_000 }
const PATIENCE = patienceOf(1)
const ours = (token: string, over: Partial<Queued> = {}): Queued => ({
  outcome: 'queued',
  arrival: 17,
  position: 0,
  waiters: 1,
  holder: { token, request: 'GET shop.example/', heldFor: 5 },
  kind: 'ours',
  leaseLeft: 10_000,
  writes: 1,
  ...over,
})
const php = (over: Partial<Queued> = {}): Queued =>
  ours('vm|7271', {
    kind: 'php',
    leaseLeft: 0,
    holder: { token: 'vm|7271', request: 'GET a/', heldFor: undefined },
    ...over,
  })
const A = 'web|1|home-start-a.1'
const B = 'web|1|home-start-a.2'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

describe('the same holder is watched on', () => {
  test.each<[string, Queued, Queued]>([
    ['one of ours', ours(A), ours(A)],
    ['one of ours that committed and kept its lock', ours(A), ours(A, { writes: 9 })],
    [
      'one of ours whose lease moved, from another place in the queue',
      ours(A),
      ours(A, { leaseLeft: 3, position: 4 }),
    ],
    ['a PHP holder that has written nothing', php(), php()],
  ])('%s', (_, first, then) => {
    const watch = new Watch(first, limits, PATIENCE)
    jest.advanceTimersByTime(20_000)
    watch.see(then, PATIENCE)
    jest.advanceTimersByTime(10_000)
    expect(watch.watched).toBe(30_000)
    expect(watch.decide(false, true, 1)).toEqual({ event: 'break', because: 'overdue' })
  })
})

describe('another holder is watched anew', () => {
  test.each<[string, Queued, Queued]>([
    ['another request of the same process', ours(A), ours(B)],
    ['a PHP worker that has written meanwhile', php(), php({ writes: 2 })],
    [
      'a PHP worker on another request',
      php(),
      php({ holder: { token: 'vm|7271', request: 'GET b/', heldFor: undefined } }),
    ],
    ['a PHP worker after one of ours', ours(A), php()],
    ['a PHP worker that has signed', php({ kind: 'entering' }), php()],
  ])('%s', (_, first, then) => {
    const watch = new Watch(first, limits, PATIENCE)
    jest.advanceTimersByTime(29_000)
    watch.see(then, PATIENCE)
    expect([watch.watched, watch.total]).toEqual([0, 29_000])
    jest.advanceTimersByTime(1000)
    expect(watch.decide(false, true, 1)).not.toHaveProperty('event', 'break')
    expect(watch.holder).toEqual(then.holder)
  })
})

test('a holder counts as new after a break that did not get it', () => {
  const watch = new Watch(ours(A), limits, PATIENCE)
  jest.advanceTimersByTime(30_000)
  watch.restart()
  expect([watch.watched, watch.total]).toEqual([0, 30_000])
})

test('a PHP holder is looked at less and less often, and another one often again', () => {
  const watch = new Watch(php(), limits, PATIENCE)
  const pauses: unknown[] = []
  for (const seen of [php(), php(), php(), php({ writes: 2 }), php({ writes: 2 })]) {
    pauses.push(watch.decide(false, true, 1))
    watch.see(seen, PATIENCE)
  }
  expect(pauses).toEqual([5, 10, 20, 40, 5].map(ms => ({ event: 'sleep', ms })))
})

test('waiting ends after breakAfter + failAfter, however often the holder changes', () => {
  const watch = new Watch(ours(A), limits, PATIENCE)
  for (let i = 0; i < 45; i += 1) {
    expect(watch.decide(false, true, 1)).toMatchObject({ event: 'sleep' })
    jest.advanceTimersByTime(1000)
    watch.see(ours(`web|1|home-start-b.${i}`), PATIENCE)
  }
  expect(watch.decide(false, true, 1)).toEqual({ event: 'give-up' })
})

test('a break names the holder, and of a PHP holder the version too, for a PHP worker signs all its requests alike', () => {
  expect(new Watch(ours(A), limits, PATIENCE).breaks).toEqual({ token: A, writes: undefined })
  expect(new Watch(php({ writes: 7 }), limits, PATIENCE).breaks).toEqual({ token: 'vm|7271', writes: 7 })
})

test('the place in the queue is the last one that was told', () => {
  const watch = new Watch(ours(A), limits, PATIENCE)
  expect(watch.arrival).toBe(17)
  watch.see(ours(A, { arrival: 18 }), PATIENCE)
  expect(watch.arrival).toBe(18)
})

describe('where very many wait in this process', () => {
  const many = 8000

  test('each looks less often, so that all together look a thousand times a second', () => {
    const watch = new Watch(ours(A), limits, patienceOf(many))
    expect(watch.decide(false, true, many)).toEqual({ event: 'sleep', ms: 8000 })
    expect(patienceOf(many)).toBeGreaterThan(2 * 8000)
  })

  test('one that came before them looks in time to stay in the queue', () => {
    const watch = new Watch(ours(A), limits, PATIENCE)
    expect(watch.decide(false, true, many)).toEqual({ event: 'sleep', ms: PATIENCE / 2 })
    watch.see(ours(A), patienceOf(many))
    expect(watch.decide(false, true, many)).toEqual({ event: 'sleep', ms: 8000 })
  })
})
