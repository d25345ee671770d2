import { describe, test } from '@jest/globals'
import { storeContract } from '../../src/contract/index.ts'
import { memoryWorld } from './memory-world.ts'

describe('the memory store, on a clock of its own', () => {
  for (const { name, run } of storeContract(async () => memoryWorld())) test(name, run)
})
