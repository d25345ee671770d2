import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { Leases } from '../../src/lock/leases.ts'
import type { LockHandle } from '../../src/lock/lock-handle.ts'
import type { Holder, Lease, Lost, Renewed } from '../../src/store.ts'
import { deferred, fakeStore, settled } from './support.ts'

const LEASE = 9000
const TAKER: Holder = { token: 'web|2|home-start-y.1', request: 'POST shop.example/', heldFor: 3 }

let asked: Lease[][]
let answer: (leases: readonly Lease[]) => Promise<Renewed[]>
let lost: [name: string, loss: Lost][]
let lasting: number
let abandoned: string[]
let leases: Leases

beforeEach(() => {
  jest.useFakeTimers()
  asked = []
  lost = []
  lasting = 0
  abandoned = []
  answer = async due => due.map(() => ({ outcome: 'renewed' }))
  const renew = (due: readonly Lease[]) => {
    asked.push([...due])
    return answer(due)
  }
  leases = new Leases(fakeStore({ renew }), LEASE, {
    lost(handle, loss) {
      lost.push([handle.name, loss])
      leases.delete(handle)
    },
    abandoned(handle) {
      abandoned.push(handle.name)
      leases.delete(handle)
    },
    lasting() {
      lasting += 1
    },
  })
})
afterEach(() => {
  leases.close()
  jest.useRealTimers()
})

function handleOf(name: string): LockHandle & { held: boolean } {
  return { name, token: `token of ${name}`, held: true, leasedAt: performance.now() } as never
}

const names = () => asked.map(due => due.map(lease => lease.name))

describe('a lock that is held for long', () => {
  test('is renewed each third of its lease', async () => {
    leases.add(handleOf('a'))
    await jest.advanceTimersByTimeAsync(LEASE)
    expect(asked).toEqual([1, 2, 3].map(() => [{ name: 'a', token: 'token of a', lease: LEASE }]))
  })

  test('is renewed together with all others, in one go', async () => {
    leases.add(handleOf('a'))
    leases.add(handleOf('b'))
    await jest.advanceTimersByTimeAsync(LEASE / 3)
    expect(names()).toEqual([['a', 'b']])
  })

  test('is renewed again where a renewal failed, before the lease is over', async () => {
    leases.add(handleOf('a'))
    answer = () => Promise.reject(new Error('Redis is down'))
    await jest.advanceTimersByTimeAsync(LEASE / 3)
    answer = async () => [{ outcome: 'renewed' }]
    await jest.advanceTimersByTimeAsync(LEASE / 3)
    expect(names()).toEqual([['a'], ['a']])
    expect(lost).toEqual([])
  })

  test('is always renewed within two thirds of its lease, whenever it began', async () => {
    for (let after = 0; after <= LEASE / 3; after += 250) {
      const late = handleOf(`after ${after}`)
      leases.add(late)
      const began = performance.now()
      while (late.leasedAt === began) await jest.advanceTimersByTimeAsync(250)
      expect(late.leasedAt - began).toBeLessThan((LEASE * 2) / 3)
      leases.delete(late)
    }
  })
})

test('a lock that is held for a moment is never renewed', async () => {
  leases.add(handleOf('keeps the timer going'))
  await jest.advanceTimersByTimeAsync(LEASE / 3 - 10)
  const short = handleOf('short')
  leases.add(short)
  await jest.advanceTimersByTimeAsync(20)
  leases.delete(short)
  await jest.advanceTimersByTimeAsync(LEASE)
  expect(names().flat()).not.toContain('short')
})

describe('a lock that is found lost', () => {
  test.each<Lost>([{ outcome: 'lost', holder: TAKER }, { outcome: 'lost' }, { outcome: 'destroyed' }])(
    'is told once, with how and who has it: %j',
    async outcome => {
      leases.add(handleOf('kept'))
      leases.add(handleOf('lost'))
      answer = async due => due.map(({ name }) => (name === 'lost' ? outcome : { outcome: 'renewed' }))
      await jest.advanceTimersByTimeAsync(LEASE)
      expect(lost).toEqual([['lost', outcome]])
      expect(leases.size).toBe(1)
    },
  )

  test('is not told where its request ended while the answer was on its way', async () => {
    const ending = handleOf('ending')
    leases.add(ending)
    const reply = deferred<Renewed[]>()
    answer = () => reply.promise
    await jest.advanceTimersByTimeAsync(LEASE / 3)
    ending.held = false
    leases.delete(ending)
    reply.resolve([{ outcome: 'lost' }])
    await settled()
    expect(lost).toEqual([])
  })
})

describe('closing', () => {
  test('waits for nobody where nobody holds', async () => {
    expect(await leases.drain(5000)).toEqual([])
    expect(jest.getTimerCount()).toBe(0)
  })

  test('ends as soon as the last lock is given back', async () => {
    const [a, b] = [handleOf('a'), handleOf('b')]
    leases.add(a)
    leases.add(b)
    const drained = leases.drain(5000)
    leases.delete(a)
    leases.delete(b)
    expect(await drained).toEqual([])
  })

  test('ends after its grace with those who still hold', async () => {
    leases.add(handleOf('a'))
    const drained = leases.drain(5000)
    await jest.advanceTimersByTimeAsync(5000)
    expect((await drained).map(({ name }) => name)).toEqual(['a'])
  })

  test('without grace tells at once who holds', async () => {
    leases.add(handleOf('a'))
    expect(await leases.drain(0)).toHaveLength(1)
  })

  test('leaves no timer', () => {
    leases.add(handleOf('a'))
    leases.close()
    expect(jest.getTimerCount()).toBe(0)
  })
})

describe('a message about a lock', () => {
  test('makes the process ask for that one at once', async () => {
    leases.add(handleOf('a'))
    leases.add(handleOf('b'))
    answer = async due => due.map(() => ({ outcome: 'lost' }))
    leases.check('token of b')
    await jest.advanceTimersByTimeAsync(0)
    expect(names()).toEqual([['b']])
    expect(lost).toEqual([['b', { outcome: 'lost' }]])
  })

  test('that is about another token is not answered', async () => {
    leases.add(handleOf('a'))
    leases.check('token of a waiter')
    await jest.advanceTimersByTimeAsync(0)
    expect(names()).toEqual([])
  })

  test('is listened for once a lock lasts', async () => {
    leases.add(handleOf('a'))
    expect(lasting).toBe(0)
    await jest.advanceTimersByTimeAsync(LEASE)
    expect(lasting).toBeGreaterThan(0)
  })
})

test('a renewal that fails says nothing of the others of its batch', async () => {
  const [one, other, third] = ['one', 'other', 'third'].map(handleOf)
  for (const each of [one, other, third] as LockHandle[]) leases.add(each)
  answer = async () => [
    { outcome: 'failed', error: new Error('WRONGTYPE') },
    { outcome: 'lost', holder: TAKER },
    { outcome: 'renewed' },
  ]
  await leases.check('')
  expect(lost).toEqual([['other', { outcome: 'lost', holder: TAKER }]])
})

test('a session that was dropped without an end is not renewed, and the others are', async () => {
  const [dropped, kept] = [Object.assign(handleOf('dropped'), { abandoned: true }), handleOf('kept')]
  leases.add(dropped)
  leases.add(kept)
  await jest.advanceTimersByTimeAsync(LEASE)
  expect(abandoned).toEqual(['dropped'])
  expect(asked.flat().map(({ name }) => name)).not.toContain('dropped')
  expect(asked.flat().map(({ name }) => name)).toContain('kept')
})
