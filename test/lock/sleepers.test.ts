import { AsyncLocalStorage } from 'node:async_hooks'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { Sleepers } from '../../src/lock/sleepers.ts'
import type { Found } from '../../src/store.ts'

const FOUND: Found = { data: Buffer.from('{}'), writes: 3, touches: 0, born: 'x.1#1', created: 1 }
const OTHER: Found = { ...FOUND, writes: 4 }
let sleepers: Sleepers

beforeEach(() => {
  jest.useFakeTimers()
  sleepers = new Sleepers()
})
afterEach(() => void jest.useRealTimers())

describe('a sleep ends', () => {
  test('by itself when its time is over', async () => {
    sleepers.add('a', 'record', undefined)
    const slept = sleepers.sleep('a', 1000)
    jest.advanceTimersByTime(1000)
    expect(await slept).toBe('due')
    expect(jest.getTimerCount()).toBe(0)
  })

  test('at once with a look when it is woken, and its timer with it', async () => {
    sleepers.add('a', 'record', undefined)
    const slept = sleepers.sleep('a', 1000)
    sleepers.wake('a')
    expect(await slept).toBe('look')
    expect(jest.getTimerCount()).toBe(0)
  })

  test('at once with what was handed to it', async () => {
    sleepers.add('a', 'record', undefined)
    const slept = sleepers.sleep('a', 1000)
    expect(sleepers.hand('a', FOUND)).toBe(true)
    expect(await slept).toEqual({ handed: FOUND, claims: false })
  })

  test('at once when its signal is aborted', async () => {
    const client = new AbortController()
    sleepers.add('a', 'record', client.signal)
    const slept = sleepers.sleep('a', 1000)
    client.abort()
    expect(await slept).toBe('aborted')
  })

  test('at once for everybody when all are aborted', async () => {
    sleepers.add('a', 'record', undefined)
    sleepers.add('b', 'record', undefined)
    const slept = [sleepers.sleep('a', 1000), sleepers.sleep('b', 1000)]
    sleepers.abortAll()
    expect(await Promise.all(slept)).toEqual(['aborted', 'aborted'])
  })

  test('at once with a look for everybody when the empty token is woken', async () => {
    sleepers.add('a', 'record', undefined)
    sleepers.add('b', 'record', undefined)
    const slept = [sleepers.sleep('a', 1000), sleepers.sleep('b', 1000)]
    sleepers.wake('')
    expect(await Promise.all(slept)).toEqual(['look', 'look'])
  })

  test('for nobody but the one it was meant for', async () => {
    sleepers.add('a', 'record', undefined)
    sleepers.add('b', 'record', undefined)
    const other = jest.fn()
    void sleepers.sleep('b', 1000).then(other)
    const slept = sleepers.sleep('a', 1000)
    sleepers.hand('a', FOUND)
    await slept
    expect(other).not.toHaveBeenCalled()
  })
})

describe('what came while it was awake', () => {
  type Came = (client: AbortController) => void
  const look: Came = () => sleepers.wake('a')
  const hand: Came = () => void sleepers.hand('a', FOUND)
  const later: Came = () => void sleepers.hand('a', OTHER)
  const abort: Came = client => client.abort()

  test.each<[string, Came[], unknown]>([
    ['a look is not lost', [look], 'look'],
    ['two looks are one', [look, look], 'look'],
    ['a hand-over is not lost', [hand], { handed: FOUND, claims: false }],
    ['a hand-over outlasts a look before it', [look, hand], { handed: FOUND, claims: false }],
    ['a hand-over outlasts a look after it', [hand, look], { handed: FOUND, claims: false }],
    ['the later hand-over counts', [hand, later], { handed: OTHER, claims: false }],
    ['an abort outlasts a look', [abort, look], 'aborted'],
    ['an abort outlasts a hand-over after it', [abort, hand], 'aborted'],
    ['an abort outlasts a hand-over before it', [hand, abort], 'aborted'],
  ])('%s', async (_, came, woken) => {
    const client = new AbortController()
    sleepers.add('a', 'record', client.signal)
    for (const step of came) step(client)
    expect(await sleepers.sleep('a', 1000)).toEqual(woken)
    expect(jest.getTimerCount()).toBe(0)
  })

  test('is told once, and then it sleeps', async () => {
    sleepers.add('a', 'record', undefined)
    sleepers.wake('a')
    expect(await sleepers.sleep('a', 1000)).toBe('look')
    const slept = sleepers.sleep('a', 1000)
    expect(jest.getTimerCount()).toBe(1)
    jest.advanceTimersByTime(1000)
    expect(await slept).toBe('due')
  })
})

describe('an abort is for good', () => {
  test.each<[string, (client: AbortController) => Promise<unknown>]>([
    ['when the signal was aborted before', async client => client.abort()],
    [
      'when it ended a sleep already',
      async client => {
        const slept = sleepers.sleep('a', 1000)
        client.abort()
        return slept
      },
    ],
    ['when all were aborted', async () => sleepers.abortAll()],
  ])('%s', async (_, abort) => {
    const client = new AbortController()
    sleepers.add('a', 'record', client.signal)
    await abort(client)
    expect(await sleepers.sleep('a', 1000)).toBe('aborted')
    expect(await sleepers.sleep('a', 1000)).toBe('aborted')
  })

  test('whose signal was aborted before it came', async () => {
    sleepers.add('a', 'record', AbortSignal.abort())
    expect(await sleepers.sleep('a', 1000)).toBe('aborted')
  })
})

describe('one that left', () => {
  test('hears nothing, holds no timer and no listener, and tells whoever hands it something', () => {
    const client = new AbortController()
    const removed = jest.spyOn(client.signal, 'removeEventListener')
    sleepers.add('a', 'record', client.signal)
    void sleepers.sleep('a', 1000)
    sleepers.delete('a')
    expect(sleepers.hand('a', FOUND)).toBe(false)
    sleepers.wake('a')
    expect(removed).toHaveBeenCalledTimes(1)
    expect(jest.getTimerCount()).toBe(0)
    expect(sleepers.size).toBe(0)
  })

  test('cannot sleep, and may leave twice', async () => {
    sleepers.add('a', 'record', undefined)
    sleepers.delete('a')
    sleepers.delete('a')
    expect(await sleepers.sleep('a', 1000)).toBe('aborted')
  })
})

test('each goes on in its own AsyncLocalStorage context, whoever woke it', async () => {
  jest.useRealTimers()
  const request = new AsyncLocalStorage<string>()
  const waits = (token: string) =>
    request.run(`request ${token}`, async () => {
      sleepers.add(token, 'record', undefined)
      await sleepers.sleep(token, token === 'by the timer' ? 5 : 100_000)
      return request.getStore()
    })
  const tokens = ['by the timer', 'by a wake', 'by a hand-over', 'by an abort']
  const all = Promise.all(tokens.map(waits))
  request.run('the waker', () => {
    sleepers.wake('by a wake')
    sleepers.hand('by a hand-over', FOUND)
  })
  setTimeout(() => request.run('the closer', () => sleepers.abortAll()), 20)
  expect(await all).toEqual(tokens.map(token => `request ${token}`))
})

describe('a request that has asked and does not wait yet', () => {
  test('does not count', () => {
    sleepers.expect('a', 'record')
    expect(sleepers.size).toBe(0)
    sleepers.add('a', 'record', undefined)
    expect(sleepers.size).toBe(1)
    sleepers.delete('a')
    expect(sleepers.size).toBe(0)
  })

  test.each<[string, () => unknown, unknown]>([
    ['what is handed to it', () => sleepers.hand('a', FOUND), { handed: FOUND, claims: false }],
    ['that it should look', () => sleepers.wake('a'), 'look'],
    ['that all are aborted', () => sleepers.abortAll(), 'aborted'],
  ])('hears %s as soon as it sleeps', async (_, step, woken) => {
    sleepers.expect('a', 'record')
    step()
    sleepers.add('a', 'record', undefined)
    expect(await sleepers.sleep('a', 1000)).toEqual(woken)
  })
})
