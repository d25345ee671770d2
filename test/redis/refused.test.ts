import { describe, expect, test } from '@jest/globals'
import { eventsNamed } from '../support/sessions.ts'
import { ownHandlers, stored, waiting } from './support.ts'

const { redis, handler } = ownHandlers()

describe('promise 4: nothing answers "written" when it was not, and the lock is released all the same', () => {
  test('a commit that is too large', async () => {
    const a = await handler({ maxSize: 1000 })
    const id = await stored(a)
    const session = await a.sessions.open(id)
    session.data.text = 'x'.repeat(2000)
    expect(await session.commit()).toMatchObject({
      written: false,
      reason: 'too-large',
      error: { code: 'SESSION_TOO_LARGE' },
    })
    expect((await a.sessions.inspect(id))?.holder).toBeUndefined()
  })

  test('data that is no JSON', async () => {
    const a = await handler()
    const id = await stored(a)
    const session = await a.sessions.open(id)
    session.data.self = session.data
    expect(await session.commit()).toMatchObject({ written: false, reason: 'unserializable' })
    expect((await a.sessions.inspect(id))?.holder).toBeUndefined()
  })

  test('Redis out of memory: the lock is released, sessions can still be opened, and the reason is told', async () => {
    const a = await handler()
    const b = await handler()
    const id = await stored(a)
    const session = await a.sessions.open(id)
    const waiter = b.sessions.open(id)
    await waiting(a, id, 1)
    await redis.client.config('SET', 'maxmemory', '1')
    try {
      session.data.visits = 2
      expect(await session.commit()).toEqual({ written: false, reason: 'out-of-memory' })
      const next = await waiter
      expect(next.data).toEqual({ visits: 1 })
      await next.release()
      const again = await a.sessions.open(id)
      expect(again.locked).toBe(true)
      await again.release()
      expect((await a.sessions.inspect(id))?.holder).toBeUndefined()
      const fresh = await a.sessions.open()
      fresh.data.visits = 1
      expect(await fresh.commit()).toEqual({ written: false, reason: 'out-of-memory' })
      expect(eventsNamed(a.events, 'commit-refused').map(e => e.reason)).toEqual([
        'out-of-memory',
        'out-of-memory',
      ])
    } finally {
      await redis.client.config('SET', 'maxmemory', '0')
    }
  })
})
