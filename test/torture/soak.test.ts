import { expect, test } from '@jest/globals'
import { grown, soak } from './soak.ts'

test('after 100,000 requests no timer, listener, socket, lock, waiter or key is left behind, and no memory', async () => {
  const held = await soak({ requests: 100_000 })
  expect(held.at(-1)?.requests).toBe(100_000)
  expect(grown(held)).toEqual([])
}, 90_000)
