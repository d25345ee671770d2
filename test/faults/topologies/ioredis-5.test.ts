// The older ioredis, where it finds the servers by itself. test/faults/contract has the store's contract on it.
import { expect, jest, test } from '@jest/globals'

jest.unstable_mockModule('ioredis', () => import('ioredis5'))
const { CLUSTER, inCluster, SENTINEL, underSentinels } = await import('./replicated.ts')
const { holdsOn } = await import('./suite.ts')

test('what is tested here is ioredis 5', async () => {
  const [{ Redis }, five] = [await import('ioredis'), await import('ioredis5')]
  expect(Redis).toBe(five.Redis)
})

holdsOn(SENTINEL, underSentinels)
holdsOn(CLUSTER, inCluster)
