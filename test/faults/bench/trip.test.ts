import { setImmediate, setTimeout } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { tripOf } from '../../../bench/measure/trip.ts'
import type { Compressor } from '../../../src/index.ts'

const SLICES = 20
/** Milliseconds. */
const SLICE = 5

function busy(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

function tripWith(work: (data: Buffer) => Promise<Buffer>) {
  const compressor: Compressor = {
    name: 'mine',
    tag: ':my:',
    compress: async data => (await work(data)).subarray(0, data.length / 2),
    decompress: data => Buffer.concat([data, data]),
  }
  return tripOf(
    { name: 'mine', library: 'mine', level: null, usual: true, compressor },
    Buffer.alloc(1000, 'a'),
  )
}

/** Some: a machine that has other things to do disturbs one of them, and hardly all. */
async function several(work: (data: Buffer) => Promise<Buffer>) {
  const trips = []
  for (let n = 0; n < 5; n++) trips.push(await tripWith(work))
  return trips
}

describe('how long the event loop stands still at once', () => {
  test('is the longest slice of work that is done in slices, not all of them', async () => {
    const trips = await several(async data => {
      for (let n = 0; n < SLICES; n++) {
        if (n > 0) await setImmediate()
        busy(n === 4 ? 2 * SLICE : SLICE)
      }
      return data
    })
    expect(Math.min(...trips.map(trip => trip.in))).toBeGreaterThan(SLICES * SLICE)
    const block = Math.min(...trips.map(trip => trip.block))
    expect(block).toBeGreaterThanOrEqual(2 * SLICE - 0.5)
    expect(block).toBeLessThan(0.5 * SLICES * SLICE)
  })

  test('is what it takes to hand work to another thread, and not the waiting for it', async () => {
    const trips = await several(async data => {
      busy(SLICE)
      await setTimeout(20 * SLICE)
      return data
    })
    expect(Math.min(...trips.map(trip => trip.in))).toBeGreaterThan(20 * SLICE)
    const block = Math.min(...trips.map(trip => trip.block))
    expect(block).toBeGreaterThanOrEqual(SLICE - 0.5)
    expect(block).toBeLessThan(10 * SLICE)
  })

  test('is the end of the work, where that takes longest', async () => {
    const { block } = await tripWith(async data => {
      await setTimeout(1)
      busy(4 * SLICE)
      return data
    })
    expect(block).toBeGreaterThanOrEqual(4 * SLICE - 0.5)
  })
})

test('work that is done at once holds the event loop for all of its time', async () => {
  const compressor: Compressor = {
    ...{ name: 'mine', tag: ':my:' },
    compress(data) {
      busy(SLICE)
      return data.subarray(0, data.length / 2)
    },
    decompress: data => Buffer.concat([data, data]),
  }
  const session = Buffer.alloc(1000, 'a')
  const trip = await tripOf({ name: 'mine', library: 'mine', level: null, usual: true, compressor }, session)
  expect(trip.in).toBeGreaterThanOrEqual(SLICE)
  expect(trip.block).toBe(trip.in)
})
