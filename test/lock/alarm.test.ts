import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { Alarm } from '../../src/lock/alarm.ts'

let woken: [waiter: string, at: number][]
let alarm: Alarm<string>
let start: number

beforeEach(() => {
  jest.useFakeTimers()
  start = performance.now()
  woken = []
  alarm = new Alarm(waiter => void woken.push([waiter, Math.round(performance.now() - start)]))
})
afterEach(() => void jest.useRealTimers())

test('wakes each waiter once, at its time', () => {
  alarm.set('b', 50)
  alarm.set('a', 10)
  alarm.set('c', 1000)
  jest.advanceTimersByTime(5000)
  expect(woken).toEqual([
    ['a', 10],
    ['b', 50],
    ['c', 1000],
  ])
  expect(alarm.size).toBe(0)
  expect(jest.getTimerCount()).toBe(0)
})

test('wakes a waiter that came later and is due earlier', () => {
  alarm.set('slow', 1000)
  jest.advanceTimersByTime(100)
  alarm.set('quick', 5)
  jest.advanceTimersByTime(1000)
  expect(woken).toEqual([
    ['quick', 105],
    ['slow', 1000],
  ])
})

test('wakes together who is due within two milliseconds', () => {
  for (const ms of [100, 101, 102, 103]) alarm.set(`after ${ms}`, ms)
  jest.advanceTimersByTime(100)
  expect(woken.map(([waiter]) => waiter)).toEqual(['after 100', 'after 101', 'after 102'])
  jest.advanceTimersByTime(3)
  expect(woken).toHaveLength(4)
})

test('has one timer, however many sleep', () => {
  for (let i = 0; i < 1000; i += 1) alarm.set(`${i}`, 1000 - i / 10)
  expect(alarm.size).toBe(1000)
  expect(jest.getTimerCount()).toBe(1)
})

test('never wakes who was taken out', () => {
  alarm.set('a', 10)
  alarm.set('b', 20)
  alarm.delete('a')
  alarm.delete('nobody')
  jest.advanceTimersByTime(100)
  expect(woken).toEqual([['b', 20]])
})

test('keeps no timer when the last waiter is taken out', () => {
  alarm.set('a', 10)
  alarm.delete('a')
  expect(jest.getTimerCount()).toBe(0)
})

describe('a waiter that is set again', () => {
  test.each([
    [5, 5],
    [500, 500],
  ])('is woken at its new time only: %i', (ms, at) => {
    alarm.set('a', 50)
    alarm.set('a', ms)
    jest.advanceTimersByTime(2000)
    expect(woken).toEqual([['a', at]])
  })
})

test('a waiter that sleeps again as it wakes is woken again', () => {
  let left = 3
  const again: Alarm<string> = new Alarm(waiter => {
    woken.push([waiter, Math.round(performance.now() - start)])
    left -= 1
    if (left > 0) again.set(waiter, 100)
  })
  again.set('a', 100)
  again.set('b', 10_000)
  jest.advanceTimersByTime(1000)
  expect(woken.map(([, at]) => at)).toEqual([100, 200, 300])
})

test('a sleep of no time at all ends on the next turn, not within the call', () => {
  alarm.set('a', 0)
  expect(woken).toEqual([])
  jest.advanceTimersByTime(1)
  expect(woken).toHaveLength(1)
})
