// The short part, and shorter in `npm test`: `npm run explore` goes deeper.
import { describe, expect, test } from '@jest/globals'
import { ALL_CASES } from '../support/all-cases.ts'
import { ownRedis } from '../support/own-redis.ts'
import { explore, type Limits } from './explore.ts'
import { MUTANTS, mutated } from './mutants.ts'
import { Scripts } from './redis.ts'
import { SCENES } from './scenes.ts'

const redis = ownRedis()
/** A seed chooses among the states of the larger scenes. */
const SOME: Limits = { depth: 60, width: ALL_CASES ? 80 : 8, seed: '1', drains: ALL_CASES ? 8 : 2 }
/** A schedule that breaks a promise must not be missed. */
const ALL: Limits = { ...SOME, width: Number.POSITIVE_INFINITY }
/** A mutant that is found after a few steps. */
const QUICK = 'a session is created without an end'

describe('no schedule breaks a promise', () => {
  test.each(SCENES)('$name', async scene => {
    const { violation } = await explore(await Scripts.load(redis.client, scene), scene, SOME)
    expect(violation).toBeUndefined()
  })
})

describe('with one mend taken out, a schedule breaks a promise', () => {
  test.each(MUTANTS.filter(({ name }) => ALL_CASES || name === QUICK))('$name', async mutant => {
    const scene = SCENES.find(({ name }) => name.includes(mutant.scene))
    if (!scene) throw new Error(`no scene is named ${mutant.scene}`)
    const { violation } = await explore(await Scripts.load(redis.client, scene, mutated(mutant)), scene, ALL)
    expect(violation?.broken).toMatch(mutant.broken)
  })
})
