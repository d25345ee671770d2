// The short part: `npm run explore` goes deeper.
import { describe, expect, test } from '@jest/globals'
import { ownRedis } from '../support/own-redis.ts'
import { explore, type Limits } from './explore.ts'
import { MUTANTS, mutated } from './mutants.ts'
import { Scripts } from './redis.ts'
import { SCENES } from './scenes.ts'

const redis = ownRedis()
/** A seed chooses among the states of the larger scenes. */
const SOME: Limits = { depth: 60, width: 80, seed: '1', drains: 8 }
const ALL: Limits = { ...SOME, width: Number.POSITIVE_INFINITY }

describe('no schedule breaks a promise', () => {
  test.each(SCENES)('$name', async scene => {
    const { violation } = await explore(await Scripts.load(redis.client, scene), scene, SOME)
    expect(violation).toBeUndefined()
  })
})

describe('with one mend taken out, a schedule breaks a promise', () => {
  test.each(MUTANTS)('$name', async mutant => {
    const scene = SCENES.find(({ name }) => name.includes(mutant.scene))
    if (!scene) throw new Error(`no scene is named ${mutant.scene}`)
    const { violation } = await explore(await Scripts.load(redis.client, scene, mutated(mutant)), scene, ALL)
    expect(violation?.broken).toMatch(mutant.broken)
  })
})
