import { expect, test } from '@jest/globals'
import { explain, shortest } from './checker.ts'
import { trialNamed } from './faults/index.ts'
import { latchkey } from './latchkey.ts'
import { reference } from './reference.ts'
import { play, SCENES, WAITERS } from './scenes.ts'

test("a store that follows the reference's algorithm breaks a promise in each scene, and this one none", async () => {
  const together = meeting(WAITERS)
  const guilty = await play((options, notes) =>
    reference(options, notes, async session => {
      if (session.endsWith('stuck')) await together()
    }),
  )
  expect(guilty.map(({ promise }) => promise)).toEqual(expect.arrayContaining(Object.keys(SCENES)))
  const innocent = shortest(await play(latchkey))
  expect(innocent ? explain(innocent) : '').toBe('')
}, 60_000)

/** The same load, the same driver, the same checker as for this one. */
test("a store that follows the reference's algorithm is found guilty under load, by a history that can be read", async () => {
  const options = { workers: 3, clients: 6, seed: 7, ms: 5000, subject: 'reference' } as const
  const { violations } = await trialNamed('none').round(options)
  const promises = violations.map(({ promise }) => promise)
  expect(promises).toContain('no update is lost')
  const first = shortest(violations)
  expect(first && explain(first).split('\n').length).toBeLessThanOrEqual(5)
}, 60_000)

/** Each one who calls is let go once `count` have called. */
function meeting(count: number): () => Promise<void> {
  const waiting: (() => void)[] = []
  return () =>
    new Promise(resolve => {
      waiting.push(resolve)
      if (waiting.length === count) for (const go of waiting) go()
    })
}
