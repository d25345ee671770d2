// The end of the process: `close` takes no more requests, and gives back what they have.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Acquired } from '../../src/store.ts'
import { deferred, GRANTED, handleOf, locksOn, queued, REQUEST, released } from './support.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

describe('closing', () => {
  test('takes no more requests', async () => {
    const { locks } = locksOn({})
    await locks.close(0)
    await expect(locks.acquire('name', REQUEST)).rejects.toMatchObject({ code: 'CLOSED', status: 503 })
  })

  test.each<[string, Acquired]>([
    ['a lock', GRANTED],
    ['a place in the queue', queued()],
  ])('gives back %s that was on its way', async (_, answer) => {
    const reply = deferred<Acquired>()
    const left: string[] = []
    const { locks, tokens } = locksOn({
      acquire: () => reply.promise,
      leave: async (_name, { token }) => {
        left.push(token)
        return released()
      },
    })
    const asking = locks.acquire('name', REQUEST)
    await locks.close(5000)
    reply.resolve(answer)
    await expect(asking).rejects.toMatchObject({ code: 'CLOSED' })
    expect(left).toEqual(tokens)
    expect(locks.counts).toEqual({ holding: 0, waiting: 0 })
    expect(jest.getTimerCount()).toBe(0)
  })

  test('releases what is held when its grace is over', async () => {
    const ended: string[] = []
    const { locks } = locksOn({
      acquire: async () => GRANTED,
      renew: async leases => leases.map(() => ({ outcome: 'renewed' })),
      release: async (_, { token }) => {
        ended.push(token)
        return released()
      },
    })
    const handle = await handleOf(locks)
    const closed = locks.close(5000)
    await jest.advanceTimersByTimeAsync(5000)
    await closed
    expect(ended).toEqual([handle.token])
    expect(jest.getTimerCount()).toBe(0)
  })
})
