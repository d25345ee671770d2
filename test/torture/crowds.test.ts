import { expect, test } from '@jest/globals'
import { SessionError } from '../../src/index.ts'
import { answered, bots, queueOf } from './crowds.ts'

/** Milliseconds. Against a hang only: how long it takes is the machine's affair. */
const HANGS = 300_000

test(
  'a queue of 10,000 waiters is served to the last, and nothing is left of it',
  async () => {
    const figures = await queueOf(10_000)
    expect(figures).toMatchObject({ counted: 10_000, keysLeft: 1, endless: 0 })
    // To be handed the lock costs nothing, to hand it on one command, and to wait one command a second.
    expect(figures.commandsEach).toBeLessThan(2 + figures.totalMs / 1000)
  },
  HANGS,
)

test(
  '100,000 sessions opened by bots live for a minute, and each ends',
  async () => {
    const figures = await bots(100_000)
    expect(figures).toMatchObject({ requests: 100_000, endless: 0 })
    expect(figures.keysLeft + figures.expired).toBe(100_000)
    expect(figures.lifetimeMost).toBeLessThanOrEqual(60)
    expect(figures.redisMb).toBeLessThan(100)
  },
  HANGS,
)

test('a crowd without an answer asks again, and leaves the process time to reach Redis meanwhile', async () => {
  let reached = false
  const opened = answered(async () => {
    if (!reached) throw new SessionError('STORE_UNAVAILABLE', 'no Redis')
    return 'opened'
  })
  setTimeout(() => {
    reached = true
  }, 50)
  expect(await opened).toBe('opened')
})

test('a crowd that Redis never answers gives up, and says why', async () => {
  const unavailable = new SessionError('STORE_UNAVAILABLE', 'no Redis')
  const refused = answered(() => Promise.reject(unavailable), 0)
  await expect(refused).rejects.toBe(unavailable)
})
