// What a session's mode allows, and what is known of its record makes of it: as tables, with every combination.
import { describe, expect, test } from '@jest/globals'
import type { Mode } from '../src/session/outcome.ts'
import { commitMode, endMode, type Known, releaseStep, upgradeStep } from '../src/session-rules.ts'

const MODES: readonly Mode[] = [
  'exclusive', 'readonly', 'optimistic', 'unlocked', 'gave-up', 'unrecorded', 'moved', 'ended',
] // biome-ignore format: one glance
const YES_OR_NO = [true, false]

/** Every session of this mode. */
function all(mode: Mode): Known[] {
  return YES_OR_NO.flatMap(stored =>
    YES_OR_NO.flatMap(destroyed =>
      YES_OR_NO.flatMap(held => YES_OR_NO.map(lost => ({ mode, stored, destroyed, held, lost }))),
    ),
  )
}

const fresh = { stored: false, destroyed: false, held: false, lost: false }
const stored = { ...fresh, stored: true }
const held = { ...stored, held: true }

describe('a commit', () => {
  test.each<[Mode, string]>([
    ['readonly', 'read-only'],
    ['unrecorded', 'bot'],
    ['moved', 'moved'],
    ['ended', 'destroyed'],
  ])('of a session that is %s is refused as %s, whatever else is known', (mode, refused) => {
    for (const known of all(mode)) expect(commitMode(known)).toEqual({ refused })
  })

  test.each<[Mode, typeof fresh, ReturnType<typeof commitMode>]>([
    ['exclusive', fresh, { mode: 'create' }],
    ['exclusive', held, { mode: 'exclusive' }],
    // The store knows who has the lock now.
    ['exclusive', { ...stored, lost: true }, { mode: 'exclusive' }],
    ['exclusive', stored, { refused: 'not-locked' }],
    ['optimistic', fresh, { mode: 'create' }],
    ['optimistic', stored, { mode: 'optimistic' }],
    ['unlocked', fresh, { mode: 'create' }],
    ['unlocked', stored, { mode: 'unlocked' }],
    ['gave-up', stored, { refused: 'not-locked' }],
  ])('of a session that is %s, with %j, is %j', (mode, known, rule) => {
    expect(commitMode({ mode, ...known })).toEqual(rule)
  })

  test('brings no session back that its request destroyed', () => {
    for (const known of MODES.flatMap(all).filter(({ destroyed }) => destroyed)) {
      expect(commitMode(known)).toHaveProperty('refused')
    }
  })

  test('writes under a lock only where the request has held it', () => {
    for (const known of MODES.flatMap(all)) {
      const rule = commitMode(known)
      if ('mode' in rule && rule.mode === 'exclusive') expect(known.held || known.lost).toBe(true)
    }
  })
})

describe('a release', () => {
  test('gives back the lock that is held, whatever the mode', () => {
    for (const known of MODES.flatMap(all)) {
      expect(releaseStep(known).step === 'unlock').toBe(known.held)
    }
  })

  test('keeps no session alive that is not stored, destroyed, moved, ended, or a bot’s that leaves no record', () => {
    const dead: readonly Mode[] = ['unrecorded', 'moved', 'ended']
    for (const known of MODES.flatMap(all)) {
      if (known.stored && !known.destroyed && !dead.includes(known.mode)) continue
      const rule = releaseStep(known, true)
      expect(rule).toEqual(known.held ? { step: 'unlock', touches: false } : { step: 'nothing' })
    }
  })

  test.each<[Mode, typeof fresh, boolean | undefined, ReturnType<typeof releaseStep>]>([
    ['exclusive', held, undefined, { step: 'unlock', touches: true }],
    ['exclusive', held, false, { step: 'unlock', touches: false }],
    // Its lock was lost: the record is another request's.
    ['exclusive', { ...stored, lost: true }, true, { step: 'nothing' }],
    ['readonly', stored, undefined, { step: 'nothing' }],
    ['readonly', stored, true, { step: 'touch' }],
    ['optimistic', stored, undefined, { step: 'touch' }],
    ['optimistic', stored, false, { step: 'nothing' }],
    ['unlocked', stored, undefined, { step: 'touch' }],
    ['gave-up', stored, undefined, { step: 'touch' }],
  ])('of a session that is %s, with %j, asked to touch: %s, is %j', (mode, known, touch, rule) => {
    expect(releaseStep({ mode, ...known }, touch)).toEqual(rule)
  })
})

describe('an upgrade', () => {
  test.each<Mode>(['moved', 'ended'])('of a session that is %s is refused', mode => {
    for (const known of all(mode)) expect(upgradeStep(known, 'exclusive')).toEqual({ step: 'refuse' })
  })

  test('for a bot that leaves no record is refused', () => {
    for (const known of MODES.flatMap(all)) {
      expect(upgradeStep(known, 'unrecorded')).toEqual({ step: 'refuse' })
    }
  })

  test.each<[Mode, typeof fresh, Mode, ReturnType<typeof upgradeStep>]>([
    ['readonly', stored, 'exclusive', { step: 'acquire' }],
    ['optimistic', stored, 'exclusive', { step: 'acquire' }],
    ['gave-up', stored, 'exclusive', { step: 'acquire' }],
    ['exclusive', held, 'exclusive', { step: 'nothing', mode: 'exclusive' }],
    // Nothing is stored: there is no lock to take.
    ['readonly', fresh, 'exclusive', { step: 'nothing', mode: 'exclusive' }],
    ['optimistic', fresh, 'exclusive', { step: 'nothing', mode: 'optimistic' }],
    // Locking is off.
    ['unlocked', stored, 'unlocked', { step: 'nothing', mode: 'unlocked' }],
    ['readonly', stored, 'unlocked', { step: 'reload', mode: 'unlocked' }],
    // A bot that takes no lock.
    ['readonly', stored, 'optimistic', { step: 'reload', mode: 'optimistic' }],
  ])('from %s, with %j, where the most is %s, is %j', (mode, known, most, rule) => {
    expect(upgradeStep({ mode, ...known }, most)).toEqual(rule)
  })
})

test.each<[Mode, boolean, ReturnType<typeof endMode>]>([
  ['exclusive', true, 'exclusive'],
  ['exclusive', false, 'optimistic'],
  ['optimistic', false, 'optimistic'],
  ['gave-up', false, 'optimistic'],
  ['unlocked', false, 'unlocked'],
])('a session that was %s, locked: %s, ends as a commit to it would: %s', (mode, locked, rule) => {
  expect(endMode(mode, locked)).toBe(rule)
})
