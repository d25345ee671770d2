import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { waiting } from '../../redis/support.ts'
import { countOnServer } from '../../support/monitor.ts'
import { ownRedis } from '../../support/own-redis.ts'
import { eventsNamed, eventually, storedIn, type Watched } from '../../support/sessions.ts'
import { startWorkers, type Worker } from '../../support/worker-client.ts'

const redis = ownRedis()
let holder: Watched
let other: Watched

beforeAll(async () => {
  holder = await redis.watched({ lease: 1 })
  other = await redis.watched({ lease: 1, breakAfter: 0.2 })
})
afterEach(async () => {
  holder.events.length = 0
  other.events.length = 0
})

const stored = () => storedIn(holder.sessions)

async function leaseOf(id: string): Promise<number> {
  const state = await redis.client.hget((await holder.sessions.inspect(id))?.key ?? '', 'state')
  return Number(state?.slice(2, 15))
}

async function serverTime(): Promise<number> {
  const [seconds, micros] = await redis.client.time()
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
}

describe('the lease of a long request', () => {
  test('is renewed while the process lives, and so is the life of the record', async () => {
    const id = await stored()
    const session = await holder.sessions.open(id)
    const key = (await holder.sessions.inspect(id))?.key ?? ''
    await redis.client.pexpire(key, 1500)
    const first = await leaseOf(id)
    await eventually(async () => (await leaseOf(id)) > first + 1000)
    expect(await redis.client.pttl(key)).toBeGreaterThan(1000)
    expect(session.signal.aborted).toBe(false)
    expect(await session.commit()).toMatchObject({ written: true })
  })

  test('is renewed for all long requests of the process in one go', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, stored))
    const sessions = await Promise.all(ids.map(id => holder.sessions.open(id)))
    const { commands } = await countOnServer(redis.path, () =>
      eventually(async () => holder.sessions.counts.holding === 20 && (await renewedAll(ids))),
    )
    expect(commands.filter(command => command === 'evalsha').length).toBeGreaterThanOrEqual(20)
    await Promise.all(sessions.map(session => session.release()))
  })

  test('that was broken is noticed at the next renewal: the signal aborts and names who took it', async () => {
    const id = await stored()
    const session = await holder.sessions.open(id, { request: 'POST shop.example/slow' })
    const { signal } = session
    const breaker = await other.sessions.open(id, { request: 'GET shop.example/next' })
    await eventually(() => signal.aborted)
    expect(String(signal.reason)).toContain('GET shop.example/next')
    expect(eventsNamed(holder.events, 'lock-lost')).toMatchObject([
      { request: 'POST shop.example/slow', holder: { request: 'GET shop.example/next' } },
    ])
    expect(session.locked).toBe(false)
    expect(await session.commit()).toMatchObject({ written: false, reason: 'lock-lost' })
    expect(await breaker.commit()).toMatchObject({ written: true })
  })

  test('of a destroyed session too, and that is what is told', async () => {
    const id = await stored()
    const session = await holder.sessions.open(id)
    const { signal } = session
    await other.sessions.destroy(id)
    await eventually(() => signal.aborted)
    expect(String(signal.reason)).toContain('destroyed')
    expect(eventsNamed(holder.events, 'lock-lost')).toMatchObject([{ because: 'destroyed' }])
    expect(await session.commit()).toMatchObject({ written: false, reason: 'destroyed' })
  })
})

describe('a process that stands still for longer than a lease', () => {
  let worker: Worker

  beforeAll(async () => {
    worker = (await startWorkers(1, { redis: { url: redis.url }, lease: 1 }))[0] as Worker
  })
  afterAll(() => worker.kill('SIGKILL'))

  test('keeps its lock if nobody wanted it meanwhile', async () => {
    const id = await stored()
    await worker.open('stalled', id)
    await worker.kill('SIGSTOP')
    await eventually(async () => (await leaseOf(id)) <= (await serverTime()))
    await worker.kill('SIGCONT')
    expect(await worker.commit('stalled', { n: 1 })).toMatchObject({ written: true })
  })

  test('loses it if somebody did, and is told at its commit', async () => {
    const id = await stored()
    await worker.open('stalled', id)
    await worker.kill('SIGSTOP')
    const session = await holder.sessions.open(id)
    expect(session.locked).toBe(true)
    expect(eventsNamed(holder.events, 'lock-lapsed')).toHaveLength(1)
    await worker.kill('SIGCONT')
    expect(await worker.commit('stalled', { n: 1 })).toMatchObject({ written: false, reason: 'lock-lost' })
    expect(await session.commit()).toMatchObject({ written: true })
  })

  test('does not take the lock of one of its requests for another', async () => {
    for (const stall of [1200, 1500, 1700]) {
      const id = await stored()
      await worker.open('stalled', id)
      const waits = worker.open('waits', id)
      await waiting(holder, id, 1)
      await worker.block(stall)
      expect(await worker.commit('stalled', { n: 1 })).toMatchObject({ written: true })
      expect(await waits).toMatchObject({ locked: true, data: { n: 1 } })
      await worker.release('waits')
    }
    expect((await worker.events()).map(({ event }) => event)).not.toContain('lock-lapsed')
  })

  test('is told who had the lock last, where whoever took it has gone', async () => {
    const id = await stored()
    await worker.open('stalled', id)
    const blocked = worker.block(2500)
    const session = await holder.sessions.open(id, { request: 'POST shop.example/thief' })
    expect(await session.commit()).toMatchObject({ written: true })
    await blocked
    const thief = { request: 'POST shop.example/thief', released: true }
    expect(await worker.commit('stalled', { n: 1 })).toMatchObject({ reason: 'lock-lost', holder: thief })
  })
})

/** Each lease has moved since the first look. */
const seen = new Map<string, number>()
async function renewedAll(ids: string[]): Promise<boolean> {
  let moved = true
  for (const id of ids) {
    const lease = await leaseOf(id)
    if (!seen.has(id)) seen.set(id, lease)
    if (lease === seen.get(id)) moved = false
  }
  return moved
}
