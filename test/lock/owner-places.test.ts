import * as fs from 'node:fs'
import { afterEach, describe, expect, jest, test } from '@jest/globals'

/** What this process finds under these paths, in place of what is there. An Error is thrown. */
const found = new Map<string, string | Error>()

const read =
  (real: (path: string, ...rest: never[]) => unknown) =>
  (path: string, ...rest: never[]) => {
    const answer = found.get(path)
    if (answer instanceof Error) throw answer
    return answer ?? real(path, ...rest)
  }
jest.unstable_mockModule('node:fs', () => ({
  ...fs,
  readFileSync: read(fs.readFileSync as never),
  readlinkSync: read(fs.readlinkSync as never),
}))
const { createOwner } = await import('../../src/lock/owner.ts')

const BOOT = '/proc/sys/kernel/random/boot_id'
const missing = Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
const homeOf = ({ nonce }: { nonce: string }) => nonce.split('-')[0]

function ownerWhere(finds: Record<string, string | Error>) {
  for (const [path, answer] of Object.entries(finds)) found.set(path, answer)
  const owner = createOwner()
  found.clear()
  return owner
}

afterEach(() => found.clear())

const here = createOwner()
/** As a process of this place that is gone would have signed. */
const gone = () => here.token().replace(/\|\d+\|/, '|4194303|')

test('in its own place a process whose pid nobody has is dead', () => {
  expect(here.isDead(gone())).toBe(true)
})

describe('pids of another place mean nothing, so nobody is called dead by them', () => {
  test.each<[string, Record<string, string | Error>]>([
    ['another boot', { [BOOT]: 'another boot\n' }],
    ['another pid namespace', { '/proc/self/ns/pid': 'pid:[1]' }],
    // The kernel tells the start of a process by the clock of the process that asks.
    ['another time namespace', { '/proc/self/ns/time': 'time:[1]' }],
  ])('%s', (_, finds) => {
    const there = ownerWhere(finds)
    expect(homeOf(there)).not.toBe(homeOf(here))
    expect(homeOf(there)).not.toBe('')
    expect(there.isDead(gone())).toBe(false)
    expect(here.isDead(there.token().replace(/\|\d+\|/, '|4194303|'))).toBe(false)
  })
})

describe('a process that cannot know its place calls nobody dead, and is called dead by nobody', () => {
  test.each<[string, Record<string, string | Error>]>([
    [
      'no /proc, as on macOS and Windows',
      { [BOOT]: missing, '/proc/self': missing, '/proc/self/ns/pid': missing, '/proc/self/stat': missing },
    ],
    ['no boot id', { [BOOT]: missing }],
    ['no namespaces', { '/proc/self/ns/pid': missing }],
    // `unshare --pid` without `--mount-proc`: each number in that /proc is somebody else's.
    ['the /proc of another pid namespace', { '/proc/self': '4194302' }],
  ])('%s', (_, finds) => {
    const there = ownerWhere(finds)
    expect(homeOf(there)).toBe('')
    expect(there.isDead(gone())).toBe(false)
    expect(there.isDead(there.token().replace(/\|\d+\|/, '|4194303|'))).toBe(false)
    expect(here.isDead(there.token().replace(/\|\d+\|/, '|4194303|'))).toBe(false)
  })
})

test('an old kernel without time namespaces is a place like any other', () => {
  const there = ownerWhere({ '/proc/self/ns/time': missing })
  expect(homeOf(there)).toMatch(/^[0-9a-f]{8}$/)
  expect(there.isDead(there.token().replace(/\|\d+\|/, '|4194303|'))).toBe(true)
})
