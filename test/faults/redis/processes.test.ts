import { afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { waiting } from '../../redis/support.ts'
import { ownRedis } from '../../support/own-redis.ts'
import { eventually, storedIn, type Watched, watchedSessions } from '../../support/sessions.ts'
import { startWorkers, type Worker } from '../../support/worker-client.ts'

const redis = ownRedis()
let here: Watched
let workers: Worker[] = []

beforeAll(async () => {
  here = await redis.watched()
})
afterEach(async () => {
  await Promise.all(workers.splice(0).map(worker => worker.kill('SIGKILL')))
  await redis.client.flushall()
})

async function processes(count: number, options: object = {}): Promise<Worker[]> {
  workers = await startWorkers(count, { redis: { url: redis.url }, ...options })
  return workers
}

const stored = () => storedIn(here.sessions)

const read = async (id: string) => (await here.sessions.open(id, { access: 'readonly' })).data

describe('promise 1, across processes', () => {
  test('four processes that add one at once lose no update', async () => {
    const four = await processes(4)
    const id = await stored()
    const done = await Promise.all(four.map(worker => worker.increment(id, 100, 10)))
    expect(done).toEqual(Array(4).fill({ written: 100, refused: [] }))
    expect(await read(id)).toEqual({ n: 400 })
    expect(await here.sessions.inspect(id)).toMatchObject({ waiters: 0, writes: 401, holder: undefined })
  })
})

describe('promise 6: a crash costs others little', () => {
  test('a holder that is killed is found dead by a waiter on its host, and its lock broken', async () => {
    const [holder, waiter] = (await processes(2)) as [Worker, Worker]
    const id = await stored()
    await holder.open('held', id)
    const waited = waiter.open('waited', id)
    await waiting(here, id, 1)
    await holder.kill('SIGKILL')
    expect(await waited).toEqual({ data: { n: 0 }, locked: true })
    expect(await waiter.events()).toContainEqual(
      expect.objectContaining({ event: 'lock-broken', because: 'dead' }),
    )
  })

  test('on another host it costs one lease', async () => {
    const [waiter] = (await processes(1, { lease: 1 })) as [Worker]
    const id = await stored()
    const holder = await watchedSessions({ redis: { url: redis.url }, lease: 1 })
    const held = await holder.sessions.open(id)
    // As if on another host: nothing is known about its process, and it renews no more.
    const key = (await here.sessions.inspect(id))?.key ?? ''
    const pid = (await redis.client.hget(key, 'pid')) ?? ''
    await redis.client.hset(key, 'pid', pid.replace(/^[^|]*/, 'elsewhere'))
    expect(await waiter.open('waited', id)).toMatchObject({ locked: true })
    expect(await waiter.events()).toContainEqual(expect.objectContaining({ event: 'lock-lapsed' }))
    expect(await held.commit()).toMatchObject({ written: false, reason: 'lock-lost' })
    await holder.sessions.close({ grace: 0 })
  })

  test('a killed waiter is neither counted nor handed the lock', async () => {
    const [dead, live] = (await processes(2, { maxConcurrency: 1 })) as [Worker, Worker]
    const id = await stored()
    const held = await here.sessions.open(id)
    dead.open('never', id).catch(() => {})
    await waiting(here, id, 1)
    await dead.kill('SIGKILL')
    const waited = live.open('waited', id)
    // At the limit it is looked at, and taken out.
    const { key = '' } = (await here.sessions.inspect(id)) ?? {}
    await eventually(async () =>
      Object.values(await redis.client.hgetall(key)).some(it => it.includes(`|${live.pid}|`)),
    )
    expect((await here.sessions.inspect(id))?.waiters).toBe(1)
    await held.release()
    expect(await waited).toMatchObject({ locked: true })
  })

  test('a killed process leaves no key without a time to live', async () => {
    const [doomed] = (await processes(1)) as [Worker]
    const ids = [await stored(), await stored(), await stored()]
    await here.sessions.open(ids[0])
    doomed.open('waits', ids[0] as string).catch(() => {})
    await doomed.open('holds', ids[1] as string)
    await doomed.commit('holds', { n: 1 }, true)
    doomed.increment(ids[2] as string, 1e6, 8).catch(() => {})
    await waiting(here, ids[0] as string, 1)
    await doomed.kill('SIGKILL')
    const keys = await redis.client.keys('*')
    expect(keys).toHaveLength(3)
    for (const key of keys) expect([key, await redis.client.ttl(key)]).toEqual([key, expect.any(Number)])
    for (const key of keys) expect(await redis.client.ttl(key)).toBeGreaterThan(0)
  })
})

describe('promise 7: waiters are served in order of arrival', () => {
  test('across processes', async () => {
    const three = await processes(3)
    const id = await stored()
    const held = await here.sessions.open(id)
    const order: number[] = []
    const served: Promise<unknown>[] = []
    for (let i = 0; i < 9; i += 1) {
      const worker = three[i % 3] as Worker
      served.push(
        worker.open(`w${i}`, id).then(() => {
          order.push(i)
          return worker.commit(`w${i}`, { last: i })
        }),
      )
      await waiting(here, id, i + 1)
    }
    await held.release()
    await Promise.all(served)
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  })
})
