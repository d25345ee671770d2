// The scripts without their answers to the common case: the rest must keep every promise on its own.
import { describe, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { storeContract } from '../../../src/contract/index.ts'
import { transitionWithoutCommonCase } from '../../../src/redis/scripts.ts'
import { redisWorld } from '../../contract/redis-world.ts'
import { ownRedis } from '../../support/own-redis.ts'

const redis = ownRedis()

describe('the Redis store without answers to the common case', () => {
  const connect = () => new Redis({ path: redis.path, lazyConnect: true })
  for (const { name, run } of storeContract(async () =>
    redisWorld(connect, { textOf: transitionWithoutCommonCase }),
  ))
    test(name, run)
})
