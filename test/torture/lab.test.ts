import { describe, expect, test } from '@jest/globals'
import { explain, shortest } from './checker.ts'
import { FAULTS } from './faults/index.ts'
import { round } from './round.ts'

/** A short part of what `npm run torture` does at length, one of each family of faults. */
const SEED = 20_261_122
const NAMES = [
  'none',
  'kill -9 of a holder',
  'SIGSTOP of a holder for longer than its lease',
  'connection cut before the reply of commit',
  'Redis restarted, data kept',
  'a clock that jumps 3 s ahead',
]

describe('every promise is kept under load from three processes', () => {
  test.each(NAMES)(
    'fault: %s',
    async name => {
      const fault = FAULTS.find(each => each.name === name)
      if (!fault) throw new Error('no such fault')
      const { violations, commits, struck } = await round({
      fault, seed: SEED, ms: 1500, workers: 3, clients: 4, subject: 'latchkey',
    }) // biome-ignore format: one glance
      const first = shortest(violations)
      expect(first ? explain(first) : '').toBe('')
      expect(struck).toBeGreaterThan(0)
      expect(commits.written).toBeGreaterThan(10)
    },
    40_000,
  )
})
