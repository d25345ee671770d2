import { expect, test } from '@jest/globals'
import { seal, unseal } from '../../src/session/pointer.ts'

const OLD = 'old-id-of-a-visitor'
const NEW = 'new-id-of-a-visitor'

test('who has the old id reads where its session goes on', () => {
  expect(unseal(OLD, seal(OLD, NEW))).toBe(NEW)
})

test('nobody else does: not with another id, and the new one stands nowhere in it', () => {
  const pointer = seal(OLD, NEW)
  expect(unseal(NEW, pointer)).toBeUndefined()
  expect(pointer.includes(NEW)).toBe(false)
  expect(seal(OLD, NEW).equals(pointer)).toBe(false)
})

test('one that was changed in any byte, or cut anywhere, leads nowhere', () => {
  const pointer = seal(OLD, NEW)
  for (let at = 0; at < pointer.length; at++) {
    const changed = Buffer.from(pointer)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(unseal(OLD, changed)).toBeUndefined()
    expect(unseal(OLD, pointer.subarray(0, at))).toBeUndefined()
  }
})
