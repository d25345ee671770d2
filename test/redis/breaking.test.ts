// Locks that are broken: by one waiter, when their time is over, and with one of the two able to commit.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { recordName } from '../../src/session-id.ts'
import { eventsNamed, eventually, type Watched } from '../support/sessions.ts'
import { ownHandlers, stored } from './support.ts'

const { redis, handler } = ownHandlers()

describe('promise 1: at most one request holds the lock, and only its holder can commit', () => {
  test('a holder whose lock was broken never overwrites the one who broke it', async () => {
    const a = await handler()
    const b = await handler({ breakAfter: 0.05 })
    const id = await stored(a)
    const slow = await a.sessions.open(id, { request: 'POST shop.example/slow' })
    const breaker = await b.sessions.open(id)
    breaker.data.by = 'breaker'
    slow.data.by = 'slow'
    expect(await slow.commit()).toMatchObject({
      written: false,
      reason: 'lock-lost',
      holder: { heldFor: expect.any(Number) },
    })
    expect(await breaker.commit()).toMatchObject({ written: true })
    expect(await slow.commit()).toMatchObject({ written: false })
    expect((await a.sessions.open(id)).data).toEqual({ visits: 1, by: 'breaker' })
    expect(eventsNamed(b.events, 'lock-broken')).toMatchObject([
      { because: 'overdue', holder: { request: 'POST shop.example/slow' } },
    ])
  })

  test('two requests may run after a break, and only one of them commits', async () => {
    const a = await handler()
    const b = await handler({ breakAfter: 0.05 })
    const id = await stored(a)
    const first = await a.sessions.open(id)
    const second = await b.sessions.open(id)
    const outcomes = await Promise.all([first.commit(), second.commit()])
    expect(outcomes.filter(o => o.written)).toHaveLength(1)
  })
})

/** Milliseconds, of `breakAfter` by default. */
const BREAK_AFTER = 30_000
let passed = 0
/** By this process's monotonic clock, which tells waiters how long they have watched a holder. */
function pass(ms: number): void {
  passed += ms
}
beforeEach(() => {
  passed = 0
  const now = performance.now.bind(performance)
  jest.spyOn(performance, 'now').mockImplementation(() => now() + passed)
})
afterEach(() => void jest.restoreAllMocks())

/** So many wait, and so many processes hear that they should look. */
async function heard(id: string, waiters: number, processes: number): Promise<void> {
  const { sessions } = await handler()
  await eventually(async () => (await sessions.inspect(id))?.waiters === waiters)
  await eventually(async () => (await channels()).length === processes)
}

/** As after a message that may have been lost: every waiter sees for itself. */
async function look(): Promise<void> {
  for (const channel of await channels()) await redis.client.publish(channel, '')
}
const channels = () => redis.client.pubsub('CHANNELS', 'sess_wake:*') as Promise<string[]>

describe('promise 5: a lock is broken by exactly one waiter', () => {
  test('of twenty in two processes, and they all get their turn', async () => {
    const holder = await handler()
    const processes = [await handler(), await handler()]
    const id = await stored(holder, { n: 0 })
    await holder.sessions.open(id)
    const turns = Array.from({ length: 20 }, async (_, i) => {
      const session = await (processes[i % 2] as Watched).sessions.open(id)
      session.data.n = (session.data.n as number) + 1
      expect(await session.commit()).toMatchObject({ written: true })
    })
    await heard(id, 20, 2)
    pass(BREAK_AFTER)
    await look()
    await Promise.all(turns)
    expect((await holder.sessions.open(id, { access: 'readonly' })).data).toEqual({ n: 20 })
    expect(processes.flatMap(p => eventsNamed(p.events, 'lock-broken'))).toHaveLength(1)
  })

  test('a healthy holder younger than breakAfter is not broken, however long others have waited', async () => {
    const a = await handler()
    const b = await handler({ failAfter: 3600 })
    const looks = jest.spyOn(b.sessions.store, 'acquire')
    const id = await stored(a)
    let held = await a.sessions.open(id)
    const waiter = b.sessions.open(id)
    await heard(id, 1, 1)
    // The lock goes to another holder behind the waiter's back: its watch begins anew.
    const key = `sess_${recordName(id, 'hashed')}`
    for (let i = 0; i < 5; i += 1) {
      await redis.client.hset(key, 'pid', `other|1|aaaaaaaa-0-b.${i}`)
      pass(BREAK_AFTER - 1000)
      const before = looks.mock.results.length
      await look()
      await eventually(() => looks.mock.results.length > before)
      expect(await looks.mock.results[before]?.value).toMatchObject({ outcome: 'queued' })
    }
    expect(eventsNamed(b.events, 'lock-broken')).toEqual([])
    pass(BREAK_AFTER)
    await look()
    await waiter
    expect(eventsNamed(b.events, 'lock-broken')).toMatchObject([
      { holder: { token: 'other|1|aaaaaaaa-0-b.4' } },
    ])
    held = await a.sessions.open(id, { access: 'readonly' })
    expect(held.locked).toBe(false)
  })
})
