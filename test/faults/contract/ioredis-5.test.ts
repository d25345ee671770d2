// The store's contract on the older ioredis; test/contract has it on the newer one.
import { test } from '@jest/globals'
import { Redis } from 'ioredis5'
import { storeContract } from '../../../src/contract/index.ts'
import type { Client } from '../../../src/redis/scripts.ts'
import { redisWorld } from '../../contract/redis-world.ts'
import { ownRedis } from '../../support/own-redis.ts'

const redis = ownRedis()
const connect = () => new Redis({ path: redis.path, lazyConnect: true }) as unknown as Client

for (const { name, run } of storeContract(async () => redisWorld(connect))) test(name, run)
