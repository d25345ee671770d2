// Promise 16: a session that is dropped without an end loses its lock, and its record ends at its own lifetime.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from '@jest/globals'
import { ownHandlers, stored } from '../../redis/support.ts'
import { eventsNamed, eventually } from '../../support/sessions.ts'

const { redis, handler } = ownHandlers()

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const LEASE = 1

async function drop(open: () => Promise<unknown>): Promise<void> {
  await open()
}

test('promise 16: what is abandoned loses its lock within two leases, and is told with what to do', async () => {
  const a = await handler({ lease: LEASE })
  const b = await handler({ lease: LEASE })
  const ids = await Promise.all(Array.from({ length: 20 }, () => stored(a)))
  for (const id of ids) await drop(() => a.sessions.open(id, { request: 'GET shop.example/forgets' }))
  expect(a.sessions.counts.holding).toBe(20)
  await eventually(() => {
    collect()
    return a.sessions.counts.holding === 0
  })
  expect(eventsNamed(a.events, 'session-abandoned')).toHaveLength(20)
  expect(a.lines.find(({ event }) => event === 'session-abandoned')?.msg).toMatch(/commit\(\), release\(\)/)
  for (const id of ids) {
    const session = await b.sessions.open(id)
    expect(session.locked).toBe(true)
    await session.release()
  }
  expect(eventsNamed(b.events, 'lock-broken')).toEqual([])
})

test('and its record is kept alive by nothing', async () => {
  const a = await handler({ lease: LEASE, lifetime: 3, firstLifetime: 0, minLifetime: 0 })
  const id = await stored(a)
  await drop(() => a.sessions.open(id))
  await eventually(() => {
    collect()
    return a.sessions.counts.holding === 0
  })
  await eventually(async () => (await redis.client.dbsize()) === 0)
})

test('one that is still in use is not abandoned, however long it takes', async () => {
  const a = await handler({ lease: LEASE })
  const id = await stored(a)
  const session = await a.sessions.open(id)
  const { key = '' } = (await a.sessions.inspect(id)) ?? {}
  const lease = async () => Number((await redis.client.hget(key, 'state'))?.slice(2, 15))
  const first = await lease()
  await eventually(async () => {
    collect()
    return (await lease()) > first + 2 * LEASE * 1000
  })
  expect(await session.commit()).toMatchObject({ written: true })
})
