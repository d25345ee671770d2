import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from '@jest/globals'
import { Running, Stay } from '../../../src/session/running.ts'

/** What nobody keeps is gone afterwards. */
async function collect(): Promise<void> {
  setFlagsFromString('--expose-gc')
  await new Promise(resolve => setImmediate(resolve))
  runInNewContext('gc')()
  await new Promise(resolve => setImmediate(resolve))
}

const dropped = (running: Running, count: number) => {
  for (let i = 0; i < count; i += 1) new Stay(running, {}).begin()
}

test('a session that was dropped without an end takes no memory', async () => {
  const running = new Running()
  for (let i = 0; i < 20; i += 1) {
    dropped(running, 1000)
    await collect()
  }
  expect(running.size).toBeLessThan(4000)
})

test('a session that was dropped and collected is not waited for', async () => {
  const running = new Running()
  dropped(running, 10)
  await collect()
  const began = performance.now()
  await running.drain(5000)
  expect(performance.now() - began).toBeLessThan(1000)
  expect(running.size).toBe(0)
})

test('each of several who wait is told', async () => {
  const running = new Running()
  const session = {}
  const stay = new Stay(running, session)
  stay.begin()
  const drained = [running.drain(5000), running.drain(10), running.drain(5000)]
  await drained[1]
  expect(stay.lasts).toBe(true)
  stay.end()
  await Promise.all(drained)
})
