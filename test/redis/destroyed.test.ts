import { describe, expect, test } from '@jest/globals'
import { recordName } from '../../src/session-id.ts'
import { ownHandlers, stored, waiting } from './support.ts'

const { redis, handler } = ownHandlers()

describe('promise 3: a destroyed or expired session is never brought back', () => {
  test('by a late commit', async () => {
    const a = await handler()
    const id = await stored(a)
    const late = await a.sessions.open(id)
    expect(await a.sessions.destroy(id)).toBe(true)
    late.data.visits = 2
    expect(await late.commit()).toEqual({ written: false, reason: 'destroyed' })
    expect(await a.sessions.inspect(id)).toBeUndefined()
  })

  test('by a late touch or release', async () => {
    const a = await handler({ touchInterval: 0 })
    const id = await stored(a)
    const late = await a.sessions.open(id)
    const reader = await a.sessions.open(id, { access: 'readonly' })
    await a.sessions.destroy(id)
    await late.release({ touch: true })
    await reader.release({ touch: true })
    expect(await a.sessions.inspect(id)).toBeUndefined()
  })

  test('by a commit after the record expired', async () => {
    const a = await handler()
    const id = await stored(a)
    const late = await a.sessions.open(id)
    await redis.client.del(`sess_${recordName(id, 'hashed')}`)
    expect(await late.commit()).toMatchObject({ written: false, reason: 'destroyed' })
    expect(await redis.client.keys('*')).toEqual([])
  })

  test('a waiter of a destroyed session is woken, and stores nothing: neither there nor elsewhere', async () => {
    const a = await handler()
    const b = await handler()
    const id = await stored(a)
    await a.sessions.open(id)
    const waiter = b.sessions.open(id)
    await waiting(a, id, 1)
    await a.sessions.destroy(id)
    const session = await waiter
    expect(session).toMatchObject({ id, isNew: false, isOver: true, access: 'ended', data: {} })
    session.data.n = 1
    expect(await session.commit()).toEqual({ written: false, reason: 'destroyed' })
    expect(await a.sessions.inspect(id)).toBeUndefined()
  })

  test('a request that comes after it gets a new one under a new id', async () => {
    const a = await handler()
    const id = await stored(a)
    await a.sessions.destroy(id)
    const session = await a.sessions.open(id)
    expect(session.isNew).toBe(true)
    expect(session.id).not.toBe(id)
  })

  test('exclusive or optimistic, the request that destroyed it is told so by its commit', async () => {
    for (const access of ['exclusive', 'optimistic'] as const) {
      const a = await handler()
      const session = await a.sessions.open(await stored(a), { access })
      await session.destroy()
      session.data.n = 1
      expect(await session.commit()).toEqual({ written: false, reason: 'destroyed' })
    }
  })
})
