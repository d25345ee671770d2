// What a request costs Redis.
import { describe, expect, test } from '@jest/globals'
import { recordName } from '../../../src/session-id.ts'
import { ownHandlers, stored } from '../../redis/support.ts'
import { countOnServer } from '../../support/monitor.ts'

const { redis, handler } = ownHandlers()

describe('promise 9: reading changes nothing', () => {
  test('an unknown id creates no key', async () => {
    const a = await handler()
    for (const access of ['exclusive', 'readonly', 'optimistic'] as const) {
      const session = await a.sessions.open('an-id-that-nobody-knows-1', { access })
      expect(session.isNew).toBe(true)
      expect(session.id).not.toBe('an-id-that-nobody-knows-1')
      await session.release()
    }
    expect(await redis.client.keys('*')).toEqual([])
  })

  test('a read-only open alters no field and no TTL, and commits nothing', async () => {
    const a = await handler()
    const id = await stored(a)
    const key = `sess_${recordName(id, 'hashed')}`
    await redis.client.expire(key, 5)
    const before = await redis.client.hgetall(key)
    const session = await a.sessions.open(id, { access: 'readonly' })
    session.data.visits = 2
    expect(await session.commit()).toEqual({ written: false, reason: 'read-only' })
    await session.release()
    expect(await redis.client.hgetall(key)).toEqual(before)
    expect(await redis.client.ttl(key)).toBeLessThanOrEqual(5)
  })
})

describe('promise 10: an uncontended request costs two round trips and two commands', () => {
  test('counted on the server', async () => {
    const a = await handler()
    const id = await stored(a)
    await (await a.sessions.open(id)).release()
    const { commands } = await countOnServer(redis.path, async () => {
      const session = await a.sessions.open(id)
      session.data.visits = 2
      await session.commit()
    })
    expect(commands).toEqual(['evalsha', 'evalsha'])
  })

  test('and none for a visitor without a session until something is stored', async () => {
    const a = await handler()
    await a.sessions.ping()
    const { commands } = await countOnServer(redis.path, async () => {
      const session = await a.sessions.open()
      await session.release()
      const malformed = await a.sessions.open('*?[{}\n')
      await malformed.release()
    })
    expect(commands).toEqual([])
  })
})

describe('promise 11: a waiter costs Redis a bounded number of commands', () => {
  test('one a second, and five for asking, subscribing, looking again, being woken and ending', async () => {
    const a = await handler()
    const b = await handler()
    const id = await stored(a)
    const held = await a.sessions.open(id)
    let waited = 0
    const { commands } = await countOnServer(redis.path, async () => {
      const began = performance.now()
      const waiter = b.sessions.open(id)
      await new Promise(resolve => setTimeout(resolve, 2500))
      await held.release()
      await (await waiter).release()
      waited = (performance.now() - began) / 1000
    })
    const ofTheHolder = 1
    expect(commands.length - ofTheHolder).toBeLessThanOrEqual(waited + 5)
  })

  test('behind a PHP process ten a second of the first in the queue, and one of each other', async () => {
    const a = await handler({ naming: 'plain' })
    const id = await stored(a)
    await redis.client.hset(`sess_${id}`, 'lock', '1', 'pid', 'vm|1')
    const waits = 2.5
    const count = 4
    const { commands } = await countOnServer(redis.path, async () => {
      const waiters = Array.from({ length: count }, () => a.sessions.open(id))
      await new Promise(resolve => setTimeout(resolve, waits * 1000))
      await redis.client.hset(`sess_${id}`, 'lock', '0')
      for (const waiter of waiters) await (await waiter).release()
    })
    const ofPhp = 1
    const inBackOff = 5
    const most = waits * (10 + count - 1) + 5 * count + inBackOff
    expect(commands.length - ofPhp).toBeLessThanOrEqual(most)
    expect(commands.length - ofPhp).toBeGreaterThan(waits * 8)
  })
})
