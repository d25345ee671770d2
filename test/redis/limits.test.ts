import { describe, expect, test } from '@jest/globals'
import { eventually } from '../support/sessions.ts'
import { ownHandlers, stored, waiting } from './support.ts'

const { handler } = ownHandlers()

describe('promise 8: more than maxConcurrency waiters', () => {
  test('the next one is refused at once, with what a framework needs to answer', async () => {
    const a = await handler({ maxConcurrency: 2 })
    const id = await stored(a)
    const held = await a.sessions.open(id, { request: 'GET shop.example/slow?token=secret' })
    const waiters = [a.sessions.open(id), a.sessions.open(id)]
    await waiting(a, id, 2)
    await expect(a.sessions.open(id)).rejects.toMatchObject({
      name: 'ConcurrentConnectionsExceeded',
      code: 'CONCURRENT_CONNECTIONS_EXCEEDED',
      status: 503,
      statusCode: 503,
      headers: { 'Retry-After': '1' },
      expose: true,
      waiters: 2,
      holder: { request: 'GET shop.example/slow' },
    })
    await held.release()
    for (const waiter of waiters) await (await waiter).release()
    expect((await a.sessions.inspect(id))?.waiters).toBe(0)
  })

  test('the whole process has a limit too', async () => {
    const a = await handler({ maxWaiting: 1 })
    const [one, two] = [await stored(a), await stored(a)]
    const holds = [await a.sessions.open(one), await a.sessions.open(two)]
    const waiter = a.sessions.open(one)
    await eventually(() => a.sessions.counts.waiting === 1)
    await expect(a.sessions.open(two)).rejects.toMatchObject({ code: 'CONCURRENT_CONNECTIONS_EXCEEDED' })
    await waiting(a, two, 0)
    await Promise.all(holds.map(hold => hold.release()))
    await (await waiter).release()
  })

  test('a flood on one session is refused before a visitor of another one', async () => {
    const a = await handler({ maxWaiting: 5 })
    const [flooded, other] = [await stored(a), await stored(a)]
    const holds = [await a.sessions.open(flooded), await a.sessions.open(other)]
    const flood = Array.from({ length: 5 }, () => a.sessions.open(flooded).catch((error: unknown) => error))
    await eventually(() => a.sessions.counts.waiting === 5)
    const visitor = [a.sessions.open(other), a.sessions.open(other)]
    // The last to come of the longest queue made room, one for each.
    for (const refused of flood.slice(-2)) {
      expect(await refused).toMatchObject({ code: 'CONCURRENT_CONNECTIONS_EXCEEDED' })
    }
    await waiting(a, other, 2)
    await waiting(a, flooded, 3)
    // Now the two queues differ by one: the next of either makes its own longer.
    await expect(a.sessions.open(flooded)).rejects.toMatchObject({ code: 'CONCURRENT_CONNECTIONS_EXCEEDED' })
    await expect(a.sessions.open(other)).rejects.toMatchObject({ code: 'CONCURRENT_CONNECTIONS_EXCEEDED' })
    await Promise.all(holds.map(hold => hold.release()))
    for (const each of visitor) await (await each).release()
  })
})
