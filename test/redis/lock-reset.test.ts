// A program that takes no locks writes a session while a request holds it. test/faults/php has the same with a real PHP.
import { expect, test } from '@jest/globals'
import { recordName } from '../../src/session-id.ts'
import { eventsNamed } from '../support/sessions.ts'
import { ownHandlers, stored, waiting } from './support.ts'

const { redis, handler } = ownHandlers()
const RESET = { token: '', request: '', reset: true }

const keyOf = (id: string) => `sess_${recordName(id, 'hashed')}`

/** As Cm_RedisSession with `disable_locking` writes. */
async function overwrite(id: string, json: string): Promise<void> {
  await redis.client.multi().hset(keyOf(id), 'data', json, 'lock', 0).hincrby(keyOf(id), 'writes', 1).exec()
}

test('the commit of its holder is refused, and says why', async () => {
  const node = await handler()
  const id = await stored(node)
  const session = await node.sessions.open(id)
  await overwrite(id, '{"by":"php"}')
  session.data.visits = 2
  expect(await session.commit()).toEqual({
    written: false,
    reason: 'lock-lost',
    holder: { ...RESET, heldFor: undefined },
  })
  expect(eventsNamed(node.events, 'commit-refused')).toMatchObject([{ holder: RESET }])
  expect(await redis.client.hget(keyOf(id), 'data')).toBe('{"by":"php"}')
})

test('a request that comes for the lock gets it, and names who lost it; the one that lost it is told the same', async () => {
  const [node, other] = [await handler(), await handler()]
  const id = await stored(node)
  const first = await node.sessions.open(id, { request: 'POST shop.example/cart' })
  await overwrite(id, '{"by":"php"}')
  const second = await other.sessions.open(id)
  expect([second.access, second.data]).toEqual(['exclusive', { by: 'php' }])
  const named = { request: 'POST shop.example/cart', heldFor: expect.any(Number) }
  expect(eventsNamed(other.events, 'lock-reset')).toMatchObject([{ holder: named }])
  first.data.visits = 2
  expect(await first.commit()).toMatchObject({ written: false, reason: 'lock-lost', holder: RESET })
  second.data.visits = 3
  expect(await second.commit()).toMatchObject({ written: true })
  const third = await other.sessions.open(id)
  expect(eventsNamed(other.events, 'lock-reset')).toHaveLength(1)
  await third.release()
})

test('a request that waits gets the lock, and its holder is told at once', async () => {
  const [node, other] = [await handler(), await handler()]
  const id = await stored(node)
  const first = await node.sessions.open(id)
  const lost = new Promise(resolve => first.signal.addEventListener('abort', resolve))
  const next = other.sessions.open(id)
  await waiting(node, id, 1)
  await overwrite(id, '{"by":"php"}')
  const second = await next
  await lost
  expect(String(first.signal.reason)).toContain('disable_locking')
  expect(eventsNamed(node.events, 'lock-lost')).toMatchObject([{ because: 'taken', holder: RESET }])
  await second.release()
})

test('a login under the lock is refused, and says why', async () => {
  const node = await handler()
  const id = await stored(node)
  const session = await node.sessions.open(id)
  await session.regenerate()
  await overwrite(id, '{"by":"php"}')
  expect(await session.commit()).toMatchObject({ written: false, reason: 'lock-lost', holder: RESET })
})

test('no lock that was broken, released or taken over counts as reset', async () => {
  const [node, other] = [await handler(), await handler({ breakAfter: 1, lease: 1 })]
  const id = await stored(node)
  const first = await node.sessions.open(id)
  const second = await other.sessions.open(id)
  expect(await first.commit()).toMatchObject({ reason: 'lock-lost', holder: { request: '' } })
  expect(eventsNamed(node.events, 'commit-refused')).not.toMatchObject([{ holder: RESET }])
  await second.release()
  const third = await node.sessions.open(id)
  expect(await third.commit()).toMatchObject({ written: true })
  expect([...node.events, ...other.events].filter(({ event }) => event === 'lock-reset')).toEqual([])
})

test.each(['optimistic', 'unlocked'] as const)(
  'a commit that came without the lock in between (%s) hides it from nobody',
  async mode => {
    const node = await handler()
    const other = await handler({ locking: mode === 'optimistic' })
    const id = await stored(node)
    const first = await node.sessions.open(id)
    const lost = new Promise(resolve => first.signal.addEventListener('abort', resolve))
    await overwrite(id, '{"by":"php"}')
    const second = await other.sessions.open(id, mode === 'optimistic' ? { access: mode } : {})
    second.data.visits = 3
    expect(await second.commit()).toMatchObject({ written: true })
    expect(await node.sessions.store.inspect(recordName(id, 'hashed'))).toMatchObject({ reset: true })
    await lost
    first.data.visits = 2
    expect(await first.commit()).toMatchObject({ written: false, reason: 'lock-lost', holder: RESET })
  },
)

test('a waiter that leaves hands the lock on, and hides it from nobody', async () => {
  const node = await handler()
  const id = await stored(node)
  const first = await node.sessions.open(id)
  const { store } = node.sessions
  const [name, ask] = [recordName(id, 'hashed'), { request: '', lease: 5000, grant: 2000 }]
  const leaves = { ...ask, token: 'web|1|another.1' }
  const stays = { ...ask, token: 'web|1|another.2' }
  for (const waiter of [leaves, stays])
    await store.acquire(name, { ...waiter, patience: 5000, maxWaiters: 0 })
  await overwrite(id, '{"by":"php"}')
  expect(await store.leave(name, leaves)).toMatchObject({ next: { token: stays.token } })
  first.data.visits = 2
  expect(await first.commit()).toMatchObject({ written: false, reason: 'lock-lost', holder: RESET })
})
