// ioredis can put a prefix of its own before every key. Records would be stored under it, and not found by listing.
import { expect, test } from '@jest/globals'
import { Cluster, Redis } from 'ioredis'
import { createSessions } from '../../src/index.ts'

const refusal = {
  name: 'TypeError',
  message: expect.stringMatching(/keyPrefix "shop:".* prefix instead, such as "shop:sess_"/),
}

test.each([
  ['one server', () => new Redis({ lazyConnect: true, keyPrefix: 'shop:' })],
  ['a cluster', () => new Cluster([{ port: 1 }], { lazyConnect: true, keyPrefix: 'shop:' })],
  [
    "a cluster's nodes",
    () => new Cluster([{ port: 1 }], { lazyConnect: true, redisOptions: { keyPrefix: 'shop:' } as object }),
  ],
])('a client of %s with keyPrefix is refused, with the way to do it', async (_, make) => {
  const client = make()
  expect(() => createSessions({ logLevel: 'silent' }, { client })).toThrow(expect.objectContaining(refusal))
  client.disconnect()
})

test('a client without keyPrefix is taken', async () => {
  const client = new Redis({ lazyConnect: true })
  const sessions = await createSessions({ logLevel: 'silent' }, { client })
  await sessions.close({ grace: 0 })
})
