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
})
