import { describe, expect, test } from '@jest/globals'
import type { Case } from './cases/case.ts'
import { DATA } from './cases/data.ts'
import { ENDS } from './cases/ends.ts'
import { GRANTS } from './cases/grants.ts'
import { WAITS } from './cases/waits.ts'
import { check, explain, RULES, shortest } from './checker.ts'
import type { Limits } from './rules/rule.ts'
import { commit, destroy, read } from './tale.ts'

const LIMITS: Limits = {
  lease: 1000, breakAfter: 3000, failAfter: 2000, slack: 500, settle: 1000, forgotten: 5000, moved: 1000, maxConcurrency: 2,
} // biome-ignore format: a table

const CASES = { ...DATA, ...GRANTS, ...ENDS, ...WAITS }

const broken = ({ history, rest = [] }: Case) => check(history.flat(), rest, LIMITS).violations

describe.each(Object.entries(CASES))('%s', (promise, { guilty, innocent }) => {
  test.each(guilty)('broken: $told', each => {
    const found = broken(each)
    expect(found.map(violation => violation.promise)).toContain(promise)
    expect(new Set(found.map(violation => violation.promise)).size).toBeLessThanOrEqual(2)
  })

  test.each(innocent)('kept: $told', each => {
    expect(broken(each)).toEqual([])
  })
})

test('there is a guilty and an innocent history for every promise', () => {
  expect(Object.keys(CASES).sort()).toEqual(Object.keys(RULES).sort())
})

test('a violation is explained by its shortest history, in order, and nothing else', () => {
  const noise = Array.from({ length: 50 }, (_, i) => read(`n${i}`, 3 + i / 100, 3.001 + i / 100, ['a']))
  const { violations } = check(
    [commit('', 0, 1, ['a']), ...noise, destroy('D', 4, 5, { process: 'w2' }), read('R', 6, 7, ['a'])].flat(),
    [],
    LIMITS,
  )
  const first = shortest(violations)
  expect(first && explain(first)).toBe(
    [
      'BROKEN  no destroyed session comes back',
      '        a-session: the session that began with a is there again after it was destroyed',
      '     0.00 … 1.00 ms  w1 client 1 commits a as the first [create] → written as version 1',
      '     4.00 … 5.00 ms  w2 client 1 destroys → done',
      '     6.00 … 7.00 ms  w1 client 1 opens R [readonly] → read, reads 1 markers, the last a, version 1',
    ]
      .map((line, i) => (i < 2 ? line : `  ${line}`))
      .join('\n'),
  )
})
