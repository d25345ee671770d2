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
