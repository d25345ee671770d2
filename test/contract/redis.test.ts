import { expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { storeContract } from '../../src/contract/index.ts'
import { ownRedis } from '../support/own-redis.ts'
import { redisWorld } from './redis-world.ts'

const redis = ownRedis()
const connect = () => new Redis({ path: redis.path, lazyConnect: true })

for (const { name, run } of storeContract(async () => redisWorld(connect))) test(name, run)

test('no key is without a time to live', async () => {
  const keys = await redis.client.keys('*')
  expect(keys.length).toBeGreaterThan(0)
  const forever: string[] = []
  for (const key of keys) if ((await redis.client.pttl(key)) === -1) forever.push(key)
  expect(forever).toEqual([])
})
