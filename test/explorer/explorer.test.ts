// The short part: `npm run explore` goes deeper.
import { beforeAll, describe, expect, test } from '@jest/globals'
import { ownRedis } from '../support/own-redis.ts'
import { explore, type Limits } from './explore.ts'
import { MUTANTS, mutated } from './mutants.ts'
import { Scripts } from './redis.ts'
import { SCENES } from './scenes.ts'

const redis = ownRedis()
let scripts: Scripts
beforeAll(async () => {
  scripts = await Scripts.load(redis.client)
})

/** Wide enough for each scene to be explored to its end. */
const limits: Limits = { depth: 40, width: 100_000, seed: '1', drains: 60 }
/** A part of it shows what is broken. */
const narrow: Limits = { ...limits, width: 240 }

describe('no schedule breaks a promise', () => {
  test.each(SCENES)('$name', async scene => {
    const { violation } = await explore(scripts, scene, limits)
    expect(violation).toBeUndefined()
  })
})

describe('with one mend taken out, a schedule breaks a promise', () => {
  test.each(MUTANTS)('$name', async mutant => {
    const scene = SCENES.find(({ name }) => name.includes(mutant.scene))
    if (!scene) throw new Error(`no scene is named ${mutant.scene}`)
    const { violation } = await explore(await Scripts.load(redis.client, mutated(mutant)), scene, narrow)
    expect(violation?.broken).toMatch(mutant.broken)
  })
})
