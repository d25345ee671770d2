// Promise 7 for several PHP waiters at once. Time passes only on a clock that the test sets.
import { describe, expect, test } from '@jest/globals'
import { ownRedis } from '../../support/own-redis.ts'
import { type Crowd, type Crowding, crowd, type Met } from '../../support/php-crowd.ts'

const redis = ownRedis()
const run = (crowding: Crowding) => crowd(redis.path, redis.client, crowding)

/** PHP processes that come at phases of their own, while Node is busy. */
const pollers = (count: number) => Array.from({ length: count }, (_, i) => 1000 + i * 83)

/** The same numbers each time. */
function draw(seed: number): (from: number, to: number) => number {
  let state = seed
  return (from, to) => {
    state = (state * 48_271) % 2_147_483_647
    return from + (state % (to - from + 1))
  }
}

/** How many Node requests, one after the other, a PHP waiter met at most: a long one may be met by several polls. */
function inARow(polls: Met[]): number {
  let most = 0
  let row = new Set<Met>()
  for (const met of polls) {
    if (met === 'php') row = new Set()
    else most = Math.max(most, row.add(met).size)
  }
  return most
}
const worst = ({ polls }: Crowd) => Math.max(...polls.map(inARow))

/** A poll for each that was met, and the one that got the lock. */
const needed = (polls: Met[]) => polls.length + 1
const metPhp = (polls: Met[]) => polls.filter(met => met === 'php').length

/** The longest that Node went without the lock, once PHP was there. */
function longest({ grants }: Crowd): number {
  const late = grants.filter(at => at > 1000)
  return Math.max(...late.slice(1).map((at, i) => at - (late[i] as number)))
}

describe.each([1, 2, 5, 10])('%i PHP waiters among twenty busy Node requests', count => {
  test.each([10, 60, 200])(
    'of %i ms each get the lock within two polls for each that met PHP',
    async work => {
      const seen = await run({ lanes: 20, work: () => work, pollers: pollers(count), lasts: 8000 })
      expect(seen.polls).toHaveLength(count)
      for (const polls of seen.polls) expect(needed(polls)).toBeLessThanOrEqual(2 * (metPhp(polls) + 1))
      for (const polls of seen.polls) expect(metPhp(polls)).toBeLessThan(count)
    },
  )

  test.each([10, 60, 200, 700])('of %i ms that come again and again never meet two in a row', async work => {
    const random = draw(7)
    const again = () => random(1, 300)
    const seen = await run({ lanes: 20, work: () => work, pollers: pollers(count), again, lasts: 9000 })
    expect(seen.polls.length).toBeGreaterThan(8)
    expect(worst(seen)).toBe(1)
    expect(longest(seen)).toBeLessThan(work + 750)
  })

  test.each([20, 120, 1000])('of up to %i ms never meet three in a row', async most => {
    const random = draw(11)
    const seen = await run({
      lanes: 20,
      work: () => random(1, most),
      pollers: pollers(count),
      again: () => random(1, 300),
      late: () => random(0, 10),
      lasts: 9000,
    })
    expect(seen.polls.length).toBeGreaterThan(8)
    expect(worst(seen)).toBeLessThanOrEqual(2)
    expect(longest(seen)).toBeLessThan(most + 750)
  })
})

describe.each([1, 10, 60, 200])('among twenty busy Node requests of %i ms', work => {
  test.each([0, 50, 99])('one PHP waiter gets the lock at its second poll, %i ms late', async late => {
    for (const phase of [0, work >> 1, work - 1]) {
      const pollers = [1000 + phase]
      const seen = await run({ lanes: 20, work: () => work, pollers, late: () => late, lasts: 2500 })
      expect(seen.polls).toHaveLength(1)
      expect(needed(seen.polls[0] as Met[])).toBe(2)
    }
  })
})

test.each([10, 100, 400])(
  'PHP waiters get the lock from a single Node request of %i ms that comes again at once, with nobody in the queue',
  async work => {
    const random = draw(13)
    const again = () => random(1, 300)
    const seen = await run({
      lanes: 1,
      work: () => work,
      rest: () => 1,
      pollers: pollers(2),
      again,
      lasts: 9000,
    })
    expect(seen.polls.length).toBeGreaterThan(20)
    expect(worst(seen)).toBe(1)
  },
)
