import { afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { waiting } from '../../redis/support.ts'
import { ownRedis } from '../../support/own-redis.ts'
import { phpRequest } from '../../support/php-poller.ts'
import { eventsNamed, eventually, storedIn, type Watched, watchedSessions } from '../../support/sessions.ts'

const redis = ownRedis()
let node: Watched

beforeAll(async () => {
  node = await redis.watched({ naming: 'plain' })
})
afterEach(async () => {
  node.events.length = 0
  await redis.client.flushall()
})

const stored = () => storedIn(node.sessions)

async function increment(id: string, work: number): Promise<void> {
  const session = await node.sessions.open(id)
  await new Promise(resolve => setTimeout(resolve, work))
  session.data.n = (session.data.n as number) + 1
  const outcome = await session.commit()
  if (!outcome.written) throw new Error(outcome.reason)
}

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

// At which of its polls, php-turn.test.ts tells: by this machine's clock a process may stand still in the gap that is left.
describe('promise 7, PHP waiters included', () => {
  test.each([0, 10, 60, 200])(
    'PHP among twenty busy Node requests of %i ms that go on and on gets the lock, and no update is lost',
    async work => {
      const id = await stored()
      let busy = true
      let done = 0
      const lanes = Array.from({ length: 20 }, async () => {
        while (busy) {
          await increment(id, work)
          done += 1
        }
      })
      for (let i = 0; i < 3; i += 1) {
        await pause(30 + 70 * i)
        await phpRequest(redis.client, `sess_${id}`, `vm|${7000 + i}`, () => pause(5))
      }
      busy = false
      await Promise.all(lanes)
      const { data } = await node.sessions.open(id, { access: 'readonly' })
      expect(data.n).toBe(done)
      expect(eventsNamed(node.events, 'lock-broken')).toEqual([])
    },
  )

  test('two PHP waiters at once get it too', async () => {
    const id = await stored()
    let busy = true
    const lanes = Array.from({ length: 20 }, async () => {
      while (busy) await increment(id, 10)
    })
    const php = ['vm|1', 'vm|2'].map(pid => phpRequest(redis.client, `sess_${id}`, pid, () => pause(5)))
    await Promise.all(php)
    busy = false
    await Promise.all(lanes)
  })

  test('a PHP waiter that died leaves its count behind, and nobody waits for it', async () => {
    const id = await stored()
    await redis.client.hset(`sess_${id}`, 'wait', '3')
    await Promise.all(Array.from({ length: 20 }, () => increment(id, 1)))
    expect(await redis.client.hexists(`sess_${id}`, 'poll')).toBe(0)
  })

  test('a PHP waiter that died after its poll costs one wait, after which Node goes on', async () => {
    const id = await stored()
    const held = await node.sessions.open(id)
    const waiters = [node.sessions.open(id), node.sessions.open(id)]
    await waiting(node, id, 2)
    await redis.client.hincrby(`sess_${id}`, 'lock', 1)
    // Held for so long that its next poll may come at any moment.
    await pause(520)
    await held.release()
    expect(await redis.client.hget(`sess_${id}`, 'lock')).toBe('0')
    for (const waiter of waiters) await (await waiter).release()
    expect(await node.sessions.inspect(id)).toMatchObject({ holder: undefined, waiters: 0 })
    expect(await redis.client.hexists(`sess_${id}`, 'poll')).toBe(0)
  })
})

describe('a PHP holder', () => {
  test('is waited for, and its data read when it lets go', async () => {
    const id = await stored()
    let letGo: () => void = () => {}
    const held = new Promise<void>(resolve => {
      letGo = resolve
    })
    const php = phpRequest(redis.client, `sess_${id}`, 'vm|1', async () => {
      await held
      await redis.client.hset(`sess_${id}`, 'data', '{"n":7}')
    })
    await eventually(async () => (await redis.client.hget(`sess_${id}`, 'pid')) === 'vm|1')
    const waiter = node.sessions.open(id)
    await waiting(node, id, 1)
    expect(await node.sessions.inspect(id)).toMatchObject({ holder: { token: 'vm|1', php: true } })
    letGo()
    await php
    expect((await waiter).data).toEqual({ n: 7 })
    await (await waiter).release()
  })

  test('between taking the lock and signing is neither lapsed, dead nor broken', async () => {
    const own = await watchedSessions({
      redis: { url: redis.url },
      naming: 'plain',
      breakAfter: 0.1,
      failAfter: 0.1,
    })
    const id = await stored()
    await (await node.sessions.open(id)).release()
    expect(await redis.client.hincrby(`sess_${id}`, 'lock', 1)).toBe(1)
    const session = await own.sessions.open(id)
    expect(session.locked).toBe(false)
    expect(eventsNamed(own.events, 'lock-broken')).toEqual([])
    expect(eventsNamed(own.events, 'lock-lapsed')).toEqual([])
    expect(await redis.client.hget(`sess_${id}`, 'lock')).toBe('1')
    await own.sessions.close({ grace: 0 })
  })

  test('is broken after breakAfter, if it has neither written nor changed', async () => {
    const own = await watchedSessions({ redis: { url: redis.url }, naming: 'plain', breakAfter: 0.1 })
    const id = await stored()
    await redis.client.hset(`sess_${id}`, { lock: '1', pid: 'vm|7271', req: 'GET shop.example/checkout' })
    const session = await own.sessions.open(id)
    expect(session.locked).toBe(true)
    expect(eventsNamed(own.events, 'lock-broken')).toMatchObject([
      { holder: { token: 'vm|7271', request: 'GET shop.example/checkout' } },
    ])
    await session.release()
    await own.sessions.close({ grace: 0 })
  })
})
