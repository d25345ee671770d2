// Some schedules of each scene: `npm run explore -- --scene end` tries them all.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ALL_CASES } from '../../support/all-cases.ts'
import { ownRedis } from '../../support/own-redis.ts'
import { explore, type Ground } from './explore.ts'
import { groundOn } from './ground.ts'
import { SCENES } from './scenes.ts'
import type { Mutation } from './world.ts'

const redis = ownRedis()
let ground: Ground & { close(): Promise<void> }
/** So many schedules of each scene, chosen by a seed. */
const SOME = ALL_CASES ? 15 : 2

beforeAll(() => {
  ground = groundOn(redis.path)
})
afterAll(() => ground?.close())

describe('no schedule keeps a session of a user who was logged out everywhere', () => {
  test.each(SCENES)('$name', async scene => {
    expect(await explore(ground, scene, { most: SOME })).toEqual({ schedules: SOME, violation: undefined })
  })
})

const mutants: { name: string; scene: string; broken: RegExp; mutation: Mutation }[] = [
  {
    name: 'a login does not look again once it is stored',
    scene: 'an end beside a login, and a session of before',
    broken: /has ended, and is opened/,
    mutation: { changed: { epochs: async () => ({ epoch: 0, own: undefined }) } },
  },
  {
    name: 'a process believes in what it has seen for longer',
    scene: 'an end that may die, beside a commit and a reader',
    broken: /in r has ended, and is opened/,
    mutation: { check: 3600 },
  },
]

// They are found after some hundred schedules.
if (ALL_CASES)
  describe('with one mend taken out, a schedule does', () => {
    test.each(mutants)('$name', async ({ scene, broken, mutation }) => {
      const found = SCENES.find(({ name }) => name === scene)
      if (!found) throw new Error(`no scene is named ${scene}`)
      expect((await explore(ground, found, { mutation, most: 300 })).violation?.broken).toMatch(broken)
    })
  })
