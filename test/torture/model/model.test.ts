import { describe, expect, test } from '@jest/globals'
import { check, explain, shortest } from '../checker.ts'
import * as lab from '../lab.ts'
import { FAULTS, play } from './play.ts'
import type { Bug } from './store.ts'

/** Few enough for some to be refused. */
const LIMITS = { ...lab.LIMITS, maxConcurrency: 5 }
const SEEDS = Array.from({ length: 10 }, (_, seed) => seed)

describe('a store that keeps every promise is accused of nothing, whatever the seed', () => {
  test.each(FAULTS)('%s', fault => {
    for (const seed of SEEDS) {
      const first = shortest(check(play(seed, fault, LIMITS), [], LIMITS).violations)
      expect(first ? `seed ${seed}: ${explain(first)}` : '').toBe('')
    }
  })
})

const BUGS: Record<Bug, string> = {
  'a commit asks nobody who has the lock': 'no update is lost',
  'a refused commit is stored': 'nothing is written that was reported refused',
  'a commit that is sent again runs again': 'a commit is counted once, however often it was sent',
  'a late commit brings a session back': 'no destroyed session comes back',
  'the last to come is served first': 'waiters are served in order of arrival',
  'a held lock is granted': 'one holder at a time, and only the holder commits',
  'a holder is broken at once': 'no healthy holder is broken',
  'one waiter fills the queue': 'nobody is refused while there is room in the queue',
}

/** What a fault makes doubtful is looked for where there is none. */
const CALM: ReadonlySet<string> = new Set(['one waiter fills the queue'])

describe('an error that was planted in it is found', () => {
  test.each(Object.entries(BUGS) as [Bug, string][])('%s: %s', (bug, promise) => {
    const fault = CALM.has(bug) ? 'none' : 'connections cut'
    const found = SEEDS.flatMap(seed => check(play(seed, fault, LIMITS, bug), [], LIMITS).violations)
    expect(found.map(violation => violation.promise)).toContain(promise)
  })
})
