import { expect, test } from '@jest/globals'
import { startCluster } from '../../support/cluster.ts'

const MOVES = 40

/** Without what `move` waits for, two masters soon told each other's slot from the other one for ever. */
test('slots that move to and fro between two masters are served after each move', async () => {
  const cluster = await startCluster('secret')
  try {
    for (let n = 0; n < MOVES; n++) {
      const key = `key-${n % 7}`
      const from = await cluster.masterOf(key)
      await cluster.move(key)
      expect((await cluster.masterOf(key)).id).not.toBe(from.id)
    }
  } finally {
    await cluster.stop()
  }
}, 120_000)
