// A record that PHP uses too: what its fields say then.
import { describe, expect, test } from '@jest/globals'
import { GONE, isGranted, isQueued, TOMBSTONE } from '../../src/contract/stage.ts'
import { here, naming, RECORD, redis, stage } from './one-record.ts'

describe('a tombstone and a PHP neighbour', () => {
  test("keeps PHP's count of waiters, and a token that is not PHP's", async () => {
    await stage.record('a')
    await redis.client.hset(RECORD, 'wait', 2)
    await stage.store.destroy('a', TOMBSTONE)
    expect(await redis.client.hgetall(RECORD)).toMatchObject({ wait: '2', pid: TOMBSTONE.token, lock: '0' })
  })

  test('data beside it, which a PHP request wrote that had looked before, is gone all the same', async () => {
    await stage.record('a')
    await stage.store.destroy('a', TOMBSTONE)
    await redis.client.hset(RECORD, 'data', 'late', 'lock', 0)
    await redis.client.hincrby(RECORD, 'writes', 1)
    expect(await here.caller().acquire('a')).toEqual(GONE)
    expect(await stage.read('a')).toBeUndefined()
    expect(await stage.store.inspect('a')).toBeUndefined()
  })

  test('a session that PHP begins in its place is one, empty or not', async () => {
    await stage.record('a')
    await stage.store.destroy('a', TOMBSTONE)
    await redis.client.hset(RECORD, 'lock', 0, 'pid', 'web|77', 'data', '', 'writes', 1)
    expect((await stage.read('a'))?.data).toEqual(Buffer.alloc(0))
    const caller = here.caller()
    isGranted(await caller.acquire('a'))
    expect(await redis.client.hexists(RECORD, 'gone')).toBe(0)
    expect(await caller.commit('a', 'on')).toMatchObject({ outcome: 'written', writes: 2 })
  })

  test('PHP that begins one is waited for', async () => {
    await stage.record('a')
    await stage.store.destroy('a', TOMBSTONE)
    await redis.client.hset(RECORD, 'lock', 1, 'pid', 'web|77')
    expect(await here.caller().acquire('a')).toMatchObject({ outcome: 'queued', kind: 'php' })
  })

  test('PHP that held the lock and signs after it finds the tombstone put back', async () => {
    await stage.record('a')
    await redis.client.hset(RECORD, 'lock', 1, 'pid', 'web|77')
    await stage.store.destroy('a', TOMBSTONE)
    await redis.client.hset(RECORD, 'lock', 1, 'pid', 'web|78')
    await stage.until(async () => (await redis.client.hget(RECORD, 'pid')) === TOMBSTONE.token)
    expect(await here.caller().acquire('a')).toEqual(GONE)
  })
})

describe('a PHP neighbour', () => {
  test('has held the lock for nobody knows how long, whatever our last holder left in the record', async () => {
    const holder = await stage.held('a')
    await redis.client.hset(RECORD, 'lock', 1, 'pid', 'web|77')
    const seen = isQueued(await here.caller().acquire('a'))
    expect(seen).toMatchObject({ kind: 'php', holder: { token: 'web|77' } })
    expect(seen.holder.heldFor).toBeUndefined()
    expect(await holder.commit('a')).toMatchObject({ reason: 'lock-lost', holder: { heldFor: undefined } })
    expect(await stage.store.renew([holder.lease('a')])).toMatchObject([{ holder: { heldFor: undefined } }])
    expect((await stage.store.destroy('a', TOMBSTONE)).holder).toMatchObject({
      token: 'web|77',
      heldFor: undefined,
    })
  })

  test('is not broken while it enters: locked, and not signed yet', async () => {
    const last = await stage.held('a')
    await last.release('a')
    await redis.client.hincrby(RECORD, 'lock', 1)
    const waiter = here.caller()
    const seen = isQueued(await waiter.acquire('a', naming(last.token)))
    expect([seen.kind, seen.took]).toEqual(['entering', undefined])
    expect(await last.commit('a')).toEqual({ outcome: 'refused', reason: 'lock-lost' })
    expect(await stage.store.renew([last.lease('a')])).toEqual([{ outcome: 'lost' }])
  })

  test('that enters is not taken for the one of ours that had the lock before it', async () => {
    const first = await stage.held('a')
    const second = stage.process(2).caller()
    isGranted(await second.acquire('a', naming(first.token)))
    await second.release('a')
    await redis.client.hincrby(RECORD, 'lock', 1)
    const holder = { token: second.token, released: true }
    expect(await first.commit('a')).toMatchObject({ reason: 'lock-lost', holder })
    expect(await stage.store.renew([first.lease('a')])).toMatchObject([{ outcome: 'lost', holder }])
  })

  test('that took the lock and let go is named as the last that had it', async () => {
    const holder = await stage.held('a')
    await redis.client.hset(RECORD, 'lock', 0, 'pid', 'web|77', 'req', 'GET shop.example/php')
    const last = { token: 'web|77', request: 'GET shop.example/php', heldFor: undefined, released: true }
    expect(await stage.store.renew([holder.lease('a')])).toEqual([{ outcome: 'lost', holder: last }])
    expect(await holder.commit('a')).toMatchObject({ reason: 'lock-lost', holder: last })
  })
})
