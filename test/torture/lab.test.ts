import { describe, expect, test } from '@jest/globals'
import { check, explain, shortest } from './checker.ts'
import { trialNamed } from './faults/index.ts'
import type { Line } from './history.ts'
import { LIMITS } from './lab.ts'

/** A short part of what `npm run torture` does at length, one of each family of faults. */
const SEED = 20_261_122
const OPTIONS = { seed: SEED, ms: 1500, workers: 3, clients: 4, subject: 'latchkey' } as const
const NAMES = [
  'none',
  'kill -9 of a holder',
  'SIGSTOP of a holder for longer than its lease',
  'connection cut before the reply of commit',
  'Redis restarted, data kept',
  'a clock that jumps 3 s ahead',
  'Sentinel: kill -9 of the master',
  'Cluster: CLUSTER FAILOVER',
  'Cluster: slots moved',
]

describe('every promise is kept under load from three processes', () => {
  test.each(NAMES)(
    'fault: %s',
    async name => {
      const { violations, commits, struck } = await trialNamed(name).round(OPTIONS)
      const first = shortest(violations)
      expect(first ? explain(first) : '').toBe('')
      expect(struck).toBeGreaterThan(0)
      expect(commits.written).toBeGreaterThan(10)
    },
    40_000,
  )

  /** This fault waits until there is something to lose. */
  test('what is lost with an old copy is seen, and excused as its loss alone', async () => {
    const { violations, lines } = await trialNamed('Redis restarted with an old copy').round(OPTIONS)
    expect(violations).toEqual([])
    const promises = check(lines.map(withoutExcuse), [], LIMITS).violations.map(({ promise }) => promise)
    expect(promises).toContain('no update is lost')
  }, 40_000)
})

function withoutExcuse(line: Line): Line {
  if (line.line !== 'trouble') return line
  const { loss: _loss, ...trouble } = line
  return trouble
}
