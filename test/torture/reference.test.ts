import { expect, test } from '@jest/globals'
import { explain, shortest } from './checker.ts'
import { faultsNamed } from './faults/index.ts'
import { round } from './round.ts'

/** The same load, the same driver, the same checker. */
test("a store that follows the reference's algorithm is found guilty of lost updates, resurrection and double breaking", async () => {
  const [fault] = faultsNamed('kill -9 of a holder')
  if (!fault) throw new Error('no such fault')
  const options = { workers: 3, clients: 6, subject: 'reference' as const }
  const { violations } = await round({ ...options, fault, seed: 7, ms: 7000 })
  const promises = new Set(violations.map(({ promise }) => promise))
  expect([...promises]).toEqual(
    expect.arrayContaining([
      'no update is lost',
      'no destroyed session comes back',
      'a lock is broken by one waiter',
      'one holder at a time, and only the holder commits',
    ]),
  )
  const first = shortest(violations)
  expect(first && explain(first).split('\n').length).toBeLessThanOrEqual(5)
}, 60_000)
