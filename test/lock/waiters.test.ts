import { AsyncLocalStorage } from 'node:async_hooks'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { Waiters } from '../../src/lock/waiters.ts'
import type { Found } from '../../src/store.ts'

const FOUND: Found = { data: Buffer.from('{}'), writes: 3, touches: 0, born: 'x.1#1', created: 1, idAge: 0 }
const OTHER: Found = { ...FOUND, writes: 4 }
let waiters: Waiters

const look = { act: 'ask' }
const handed = { act: 'take', lock: { handed: FOUND, claims: false } }
const aborted = { act: 'refuse', why: 'aborted' }

/** It has asked, and has its place in the queue. */
function add(token: string, signal?: AbortSignal): void {
  waiters.expect(token, 'record')
  queued(token, signal)
}

function queued(token: string, signal?: AbortSignal): void {
  waiters.add(token, signal)
  waiters.step(token, { event: 'queued' })
}

/** It was decided that it sleeps; what it was told before comes first. */
async function sleep(token: string, ms: number, isHolderDead?: () => boolean) {
  const act = waiters.step(token, { event: 'sleep', ms })
  return act.act === 'sleep' ? waiters.sleep(token, ms, isHolderDead) : act
}

beforeEach(() => {
  jest.useFakeTimers()
  waiters = new Waiters()
})
afterEach(() => void jest.useRealTimers())

describe('a sleep ends', () => {
  test('by itself when its time is over', async () => {
    add('a')
    const slept = sleep('a', 1000)
    jest.advanceTimersByTime(1000)
    expect(await slept).toEqual(look)
    expect(jest.getTimerCount()).toBe(0)
  })

  test('at once with a look when it is woken, and its timer with it', async () => {
    add('a')
    const slept = sleep('a', 1000)
    waiters.wake('a')
    expect(await slept).toEqual(look)
    expect(jest.getTimerCount()).toBe(0)
  })

  test('at once with what was handed to it', async () => {
    add('a')
    const slept = sleep('a', 1000)
    expect(waiters.hand('a', FOUND)).toBe(true)
    expect(await slept).toEqual(handed)
  })

  test('at once when its signal is aborted', async () => {
    const client = new AbortController()
    add('a', client.signal)
    const slept = sleep('a', 1000)
    client.abort()
    expect(await slept).toEqual(aborted)
  })

  test('at once for everybody when all are aborted', async () => {
    add('a')
    add('b')
    const slept = [sleep('a', 1000), sleep('b', 1000)]
    waiters.abortAll()
    expect(await Promise.all(slept)).toEqual([aborted, aborted])
  })

  test('at once with a look for everybody when the empty token is woken', async () => {
    add('a')
    add('b')
    const slept = [sleep('a', 1000), sleep('b', 1000)]
    waiters.wake('')
    expect(await Promise.all(slept)).toEqual([look, look])
  })

  test('for nobody but the one it was meant for', async () => {
    add('a')
    add('b')
    const other = jest.fn()
    void sleep('b', 1000).then(other)
    const slept = sleep('a', 1000)
    waiters.hand('a', FOUND)
    await slept
    expect(other).not.toHaveBeenCalled()
  })
})

describe('what came while it was awake', () => {
  type Came = (client: AbortController) => void
  const wake: Came = () => waiters.wake('a')
  const hand: Came = () => void waiters.hand('a', FOUND)
  const later: Came = () => void waiters.hand('a', OTHER)
  const abort: Came = client => client.abort()

  test.each<[string, Came[], unknown]>([
    ['a look is not lost', [wake], look],
    ['two looks are one', [wake, wake], look],
    ['a hand-over is not lost', [hand], handed],
    ['a hand-over outlasts a look before it', [wake, hand], handed],
    ['a hand-over outlasts a look after it', [hand, wake], handed],
    ['the later hand-over counts', [hand, later], { act: 'take', lock: { handed: OTHER, claims: false } }],
    ['an abort outlasts a look', [abort, wake], aborted],
    ['an abort outlasts a hand-over after it', [abort, hand], aborted],
    ['an abort outlasts a hand-over before it', [hand, abort], aborted],
  ])('%s', async (_, came, woken) => {
    const client = new AbortController()
    add('a', client.signal)
    for (const step of came) step(client)
    expect(await sleep('a', 1000)).toEqual(woken)
    expect(jest.getTimerCount()).toBe(0)
  })

  test('is told once, and then it sleeps', async () => {
    add('a')
    waiters.wake('a')
    expect(await sleep('a', 1000)).toEqual(look)
    waiters.step('a', { event: 'queued' })
    const slept = sleep('a', 1000)
    expect(jest.getTimerCount()).toBe(1)
    jest.advanceTimersByTime(1000)
    expect(await slept).toEqual(look)
  })
})

describe('an abort ends a waiter', () => {
  test.each<[string, (client: AbortController) => void]>([
    ['whose signal is aborted while it is awake', client => client.abort()],
    ['when all are aborted', () => waiters.abortAll()],
  ])('%s', async (_, abort) => {
    const client = new AbortController()
    add('a', client.signal)
    abort(client)
    expect(await sleep('a', 1000)).toEqual(aborted)
  })

  test('whose signal was aborted before it came', async () => {
    add('a', AbortSignal.abort())
    expect(await sleep('a', 1000)).toEqual(aborted)
  })

  test('but not one that is spared', async () => {
    add('a')
    const slept = sleep('a', 1000)
    waiters.abortAll(new Set(['a']))
    jest.advanceTimersByTime(1000)
    expect(await slept).toEqual(look)
  })
})

describe('a sleep that watches the process of the holder', () => {
  test('ends within 50 ms of its death, with a decision to make', async () => {
    add('a')
    let dead = false
    const slept = sleep('a', 1000, () => dead)
    jest.advanceTimersByTime(400)
    dead = true
    jest.advanceTimersByTime(50)
    expect(await slept).toEqual({ act: 'decide' })
    expect(jest.getTimerCount()).toBe(0)
  })

  test('ends when its time is over where the holder lives', async () => {
    add('a')
    const looks = jest.fn(() => false)
    const slept = sleep('a', 1000, looks)
    jest.advanceTimersByTime(1000)
    expect(await slept).toEqual(look)
    expect(looks.mock.calls.length).toBeGreaterThan(10)
  })
})

describe('one that left', () => {
  test('hears nothing, holds no timer and no listener, and says no to a hand-over', () => {
    const client = new AbortController()
    const removed = jest.spyOn(client.signal, 'removeEventListener')
    add('a', client.signal)
    void sleep('a', 1000)
    waiters.delete('a')
    expect(waiters.hand('a', FOUND)).toBe(false)
    waiters.wake('a')
    expect(removed).toHaveBeenCalledTimes(1)
    expect(jest.getTimerCount()).toBe(0)
    expect(waiters.size).toBe(0)
  })

  test('takes no step, and may leave twice', () => {
    add('a')
    waiters.delete('a')
    waiters.delete('a')
    expect(() => waiters.step('a', { event: 'sleep', ms: 1000 })).toThrow('does not wait here')
  })
})

test('each goes on in its own AsyncLocalStorage context, whatever woke it', async () => {
  jest.useRealTimers()
  const request = new AsyncLocalStorage<string>()
  const waits = (token: string) =>
    request.run(`request ${token}`, async () => {
      add(token)
      await sleep(token, token === 'by the timer' ? 5 : 100_000)
      return request.getStore()
    })
  const tokens = ['by the timer', 'by a wake', 'by a hand-over', 'by an abort']
  const all = Promise.all(tokens.map(waits))
  request.run('the waker', () => {
    waiters.wake('by a wake')
    waiters.hand('by a hand-over', FOUND)
  })
  setTimeout(() => request.run('the closer', () => waiters.abortAll()), 20)
  expect(await all).toEqual(tokens.map(token => `request ${token}`))
})

describe('a request that has asked and does not wait yet', () => {
  test('does not count', () => {
    waiters.expect('a', 'record')
    expect(waiters.size).toBe(0)
    queued('a')
    expect(waiters.size).toBe(1)
    waiters.delete('a')
    expect(waiters.size).toBe(0)
  })

  test.each<[string, () => unknown, unknown]>([
    ['what is handed to it', () => waiters.hand('a', FOUND), handed],
    ['that it should look', () => waiters.wake('a'), look],
    ['that all are aborted', () => waiters.abortAll(), aborted],
  ])('hears %s as soon as it sleeps', async (_, step, woken) => {
    waiters.expect('a', 'record')
    step()
    queued('a')
    expect(await sleep('a', 1000)).toEqual(woken)
  })
})
