import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { SessionError, storeUnavailable } from '../../src/errors.ts'
import { Departures } from '../../src/lock/departures.ts'
import { fakeStore } from './support.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

test('one that the store refuses for good does not keep the others', async () => {
  let away = true
  const left: string[] = []
  const store = fakeStore({
    async leave(name) {
      if (away) throw storeUnavailable('Redis is down')
      if (name === 'foreign') throw new SessionError('RECORD_TYPE', 'that is no record')
      left.push(name)
      return { outcome: 'released' }
    },
  })
  const departures = new Departures(store, () => {})
  const waiter = { request: '', lease: 9000, grant: 2000 }
  departures.leave('foreign', { ...waiter, token: 'a' })
  departures.leave('ours', { ...waiter, token: 'b' })
  await jest.advanceTimersByTimeAsync(300)
  away = false
  await jest.advanceTimersByTimeAsync(600)
  expect(left).toEqual(['ours'])
  expect(jest.getTimerCount()).toBe(0)
})
