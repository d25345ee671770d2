// What is done about a lock, or a place in the queue, while the store cannot be told that it is given up.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { SessionError } from '../../src/errors.ts'
import { patienceOf } from '../../src/lock/decide.ts'
import { Departures } from '../../src/lock/departures.ts'
import { Waiters } from '../../src/lock/waiters.ts'
import { fakeStore, GRANTED, handleOf, locksOn, OPTIONS, REQUEST, released, WRITE } from './support.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

describe('a lock or a place that could not be given up', () => {
  const away = () => Promise.reject(new SessionError('STORE_UNAVAILABLE', 'Redis is not available.'))

  test('is given up as soon as the store is back', async () => {
    const left: string[] = []
    let up = false
    const { locks } = locksOn({
      acquire: async () => GRANTED,
      commit: away,
      leave: async (_, { token }) => {
        left.push(token)
        return up ? released() : away()
      },
    })
    const handle = await handleOf(locks)
    await expect(locks.commit(handle, WRITE)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await jest.advanceTimersByTimeAsync(1000)
    up = true
    await jest.advanceTimersByTimeAsync(250)
    const asked = left.length
    expect(new Set(left)).toEqual(new Set([handle.token]))
    await jest.advanceTimersByTimeAsync(20_000)
    expect(left.length).toBe(asked)
  })

  test('is asked for until it has ended by itself: a place is over, and a lease that it got at the last moment', async () => {
    let asked = 0
    const { locks } = locksOn({
      acquire: away,
      leave: async () => {
        asked += 1
        return away()
      },
    })
    await expect(locks.acquire('name', REQUEST)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await jest.advanceTimersByTimeAsync(OPTIONS.lease)
    const before = asked
    expect(before).toBeGreaterThan(10)
    await jest.advanceTimersByTimeAsync(patienceOf(1) + OPTIONS.lease)
    const after = asked
    await jest.advanceTimersByTimeAsync(OPTIONS.lease)
    expect(asked).toBe(after)
    expect(jest.getTimerCount()).toBe(0)
  })

  test('and that the store refuses for good does not keep the others', async () => {
    let up = false
    const left: string[] = []
    const store = fakeStore({
      async leave(name) {
        if (!up) return away()
        if (name === 'foreign') throw new SessionError('RECORD_TYPE', 'that is no record')
        left.push(name)
        return released()
      },
    })
    const departures = new Departures(store, new Waiters(), () => false)
    const waiter = { request: '', lease: 9000, grant: 2000 }
    departures.leave('foreign', { ...waiter, token: 'a' })
    departures.leave('ours', { ...waiter, token: 'b' })
    await jest.advanceTimersByTimeAsync(300)
    up = true
    await jest.advanceTimersByTimeAsync(600)
    expect(left).toEqual(['ours'])
    expect(jest.getTimerCount()).toBe(0)
  })
})
