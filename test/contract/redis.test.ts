import { describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { storeContract } from '../../src/contract/index.ts'
import type { Client } from '../../src/redis/scripts.ts'
import { ownRedis } from '../support/own-redis.ts'
import { redisWorld } from './redis-world.ts'

const redis = ownRedis()

describe.each<[string, () => Client]>([
  ['ioredis 6', () => new Redis({ path: redis.path, lazyConnect: true })],
  ['ioredis 5', () => new Redis5({ path: redis.path, lazyConnect: true }) as unknown as Client],
])('the Redis store by %s', (_, connect) => {
  for (const { name, run } of storeContract(async () => redisWorld(connect))) test(name, run)
})

test('no key is without a time to live', async () => {
  const keys = await redis.client.keys('*')
  expect(keys.length).toBeGreaterThan(0)
  const forever: string[] = []
  for (const key of keys) if ((await redis.client.pttl(key)) === -1) forever.push(key)
  expect(forever).toEqual([])
})
