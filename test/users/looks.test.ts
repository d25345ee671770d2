import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { Looks } from '../../src/users/looks.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

/** Looks that are counted. */
function counted(answers: boolean[]) {
  let looks = 0
  return {
    look: async () => answers[Math.min(looks++, answers.length - 1)] as boolean,
    get looks() {
      return looks
    },
  }
}

test('a session is looked at once in the time that a look is believed, and then again', async () => {
  const looks = new Looks(10_000)
  const seen = counted([true, true, false])
  for (let n = 0; n < 3; n++) expect(await looks.at('a', seen.look)).toBe(true)
  expect(seen.looks).toBe(1)
  jest.advanceTimersByTime(9_999)
  expect(await looks.at('a', seen.look)).toBe(true)
  expect(seen.looks).toBe(1)
  jest.advanceTimersByTime(1)
  expect(await looks.at('a', seen.look)).toBe(true)
  jest.advanceTimersByTime(10_000)
  expect(await looks.at('a', seen.look)).toBe(false)
  expect(seen.looks).toBe(3)
})

test('one that has ended, or could not be looked at, is looked at again', async () => {
  const looks = new Looks(10_000)
  const seen = counted([false, true])
  expect(await looks.at('a', seen.look)).toBe(false)
  expect(await looks.at('a', seen.look)).toBe(true)
  const failing = looks.at('b', () => Promise.reject(new Error('away')))
  await expect(failing).rejects.toThrow('away')
  expect(await looks.at('b', seen.look)).toBe(true)
})
