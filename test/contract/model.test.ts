import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { ALL_CASES } from '../support/all-cases.ts'
import { ownRedis } from '../support/own-redis.ts'
import { memoryWorld } from './memory-world.ts'
import { Run, type Step, steps } from './model.ts'
import { redisWorld } from './redis-world.ts'

/** A failure prints seed and path; set them here, or another seed to look further. */
const SEED = Number(process.env.MODEL_SEED ?? 20_261_122)
const RUNS = Number(process.env.MODEL_RUNS ?? (ALL_CASES ? 60 : 15))

const redis = ownRedis()

test(
  'memory and Redis answer alike, whatever three processes do on two records',
  async () => {
    await fc.assert(fc.asyncProperty(steps, alike), { seed: SEED, numRuns: RUNS })
  },
  Math.max(120_000, RUNS * 600),
)

async function alike(taken: Step[]): Promise<void> {
  const worlds = [
    memoryWorld(),
    redisWorld(() => new Redis({ path: redis.path, lazyConnect: true })),
  ] as const
  const [memory, stored] = [new Run(worlds[0]), new Run(worlds[1])]
  try {
    await Promise.all([memory.begin(), stored.begin()])
    for (const [at, step] of taken.entries()) {
      const told = `step ${at}, ${step.step}\n`
      expect(told + (await stored.take(step))).toBe(told + (await memory.take(step)))
    }
    expect(await stored.allWoken()).toBe(await memory.allWoken())
  } finally {
    await Promise.all(worlds.map(world => world.close()))
  }
}
