// Promise 15: a request never waits for itself.
import { expect, test } from '@jest/globals'
import { ownHandlers, stored } from './support.ts'

const { handler } = ownHandlers()

test('promise 15: asked twice at once to upgrade, a session takes its lock once', async () => {
  const a = await handler()
  for (const access of ['readonly', 'optimistic'] as const) {
    const session = await a.sessions.open(await stored(a), { access })
    expect(await Promise.all([session.upgrade(), session.upgrade(), session.upgrade()])).toEqual([
      true,
      true,
      true,
    ])
    expect(a.sessions.counts).toEqual({ holding: 1, waiting: 0 })
    expect(await session.upgrade()).toBe(true)
    session.data.n = 1
    expect(await session.commit()).toMatchObject({ written: true, writes: 2 })
  }
})
