// A commit whose connection broke is sent again, and much may have happened by then. On the scripts alone, which get `again`.
import { afterEach, beforeAll, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { defineTransitions, run, type Transition } from '../../src/redis/scripts.ts'
import { ownRedis } from '../support/own-redis.ts'
import { eventually } from '../support/sessions.ts'

const LONG = 60_000

const redis = ownRedis()
beforeAll(() => defineTransitions(redis.client))
afterEach(() => redis.client.flushall())

const token = (seq: number, process = 'p') => `host|1|0-0-${process}.${seq}`
const channel = (process: string) => `sess_wake:0-0-${process}`
async function send(
  name: Transition,
  by: string,
  args: (string | number)[],
  grant = LONG,
): Promise<string[]> {
  const caller = [by, 'GET /', LONG, grant, 'sess_wake:']
  return (await run(redis.client, name, 'sess_a', [...caller, ...args])).map(part => String(part))
}
const acquire = (by: string, arrival = '') => send('acquire', by, [LONG, 0, arrival, '', '', 0, 0])
const release = (by: string, grant = LONG) => send('release', by, [0, 0, 0, 0], grant)
const destroy = async () => {
  await send('destroy', token(0), ['destroyed', 1, 0, 0, '', 0, ''])
  await eventually(async () => (await redis.client.exists('sess_a')) === 0)
}
const born = async () => (await redis.client.hget('sess_a', 'state'))?.split(' ')[8] ?? ''
const data = () => redis.client.hget('sess_a', 'data')

interface Sent {
  mode: 'create' | 'exclusive' | 'optimistic'
  base: number
  born: string
  data: string
  keep?: boolean
}
const commit = (by: string, { mode, base, born, data, keep }: Sent, again: 0 | 1 = 0) =>
  send('commit', by, [
    mode,
    base,
    `${/[^|-]*$/.exec(by)?.[0]}#1`,
    LONG,
    0,
    keep ? 1 : 0,
    again,
    data,
    born,
    0,
  ])
const create = (by: string, data: string) => commit(by, { mode: 'create', base: 0, born: '', data })
const written = (writes: number) => expect.arrayContaining(['written', String(writes)])

test('an exclusive commit that never arrived is not told written for what happened to another record of its name', async () => {
  await create(token(1), 'first life')
  await acquire(token(2))
  const lost: Sent = { mode: 'exclusive', base: 1, born: await born(), data: 'lost' }
  await destroy()
  await create(token(3), 'second life')
  await acquire(token(4))
  await commit(token(4), { mode: 'exclusive', base: 1, born: await born(), data: 'second life, written' })
  expect((await commit(token(2), lost, 1)).slice(0, 2)).toEqual(['refused', 'destroyed'])
  expect(await data()).toBe('second life, written')
})

test('a written commit is told written though its token had lost a lock that it never took up', async () => {
  const subscriber = new Redis({ path: redis.path })
  await subscriber.subscribe(channel('a'), channel('b'), channel('c'))
  const [stopped, first, other, last] = [token(1, 'a'), token(1, 'b'), token(1, 'c'), token(2, 'c')]
  await create(first, 'one')
  await acquire(first)
  const arrival = (await acquire(stopped))[1] ?? ''
  // Handed to a process that is stopped, for a millisecond.
  await release(first, 1)
  await eventually(async () => (await acquire(other))[0] === 'granted')
  expect((await acquire(stopped, arrival))[0]).toBe('queued')
  await release(other)
  expect((await acquire(stopped, arrival))[0]).toBe('granted')
  const write: Sent = { mode: 'exclusive', base: 1, born: await born(), data: 'of the stopped one' }
  expect(await commit(stopped, write)).toEqual(written(2))
  await acquire(last)
  await commit(last, { mode: 'exclusive', base: 2, born: await born(), data: 'of both' })
  expect(await commit(stopped, write, 1)).toEqual(written(2))
  subscriber.disconnect()
})

test('a creating commit knows its record though others have written to it', async () => {
  const write: Sent = { mode: 'create', base: 0, born: '', data: 'one' }
  await commit(token(1), write)
  await acquire(token(2))
  await commit(token(2), { mode: 'exclusive', base: 1, born: await born(), data: 'one, two' })
  expect(await commit(token(1), write, 1)).toEqual(written(1))
  expect(await data()).toBe('one, two')
})

test('an optimistic commit that one other has followed or forestalled is a conflict only if it was not written', async () => {
  await create(token(1), 'n=0')
  const write: Sent = { mode: 'optimistic', base: 1, born: await born(), data: 'n=1' }
  await acquire(token(2))
  await commit(token(2), { mode: 'exclusive', base: 1, born: await born(), data: 'forestalled' })
  expect((await commit(token(3), write, 1)).slice(0, 2)).toEqual(['refused', 'conflict'])
})

test('an optimistic commit that others have followed is told written', async () => {
  await create(token(1), 'n=0')
  const write: Sent = { mode: 'optimistic', base: 1, born: await born(), data: 'n=1' }
  expect(await commit(token(2), write)).toEqual(written(2))
  await acquire(token(3))
  await commit(token(3), { mode: 'exclusive', base: 2, born: await born(), data: 'n=2' })
  expect((await commit(token(2), write, 1)).slice(0, 2)).toEqual(['written', '2'])
  expect(await data()).toBe('n=2')
})

/** So many commits that an earlier one is no longer on the list. */
async function manyCommits(from: number): Promise<void> {
  for (let n = 0; n < 40; n += 1) {
    await acquire(token(100 + n))
    await commit(token(100 + n), { mode: 'exclusive', base: from + n, born: await born(), data: `n=${n}` })
  }
}

test.each(['exclusive', 'optimistic'] as const)(
  'a commit (%s) that may have been written is unknown once too many have followed, whether it was or not',
  async mode => {
    await create(token(1), 'n=0')
    if (mode === 'exclusive') await acquire(token(2))
    const write: Sent = { mode, base: 1, born: await born(), data: 'n=1' }
    expect(await commit(token(2), write)).toEqual(written(2))
    await manyCommits(2)
    expect((await commit(token(2), write, 1)).slice(0, 2)).toEqual(['refused', 'unknown'])
    expect((await commit(token(3), write, 1)).slice(0, 2)).toEqual(['refused', 'unknown'])
    expect(await data()).toBe('n=39')
  },
)

test.each(['exclusive', 'optimistic'] as const)(
  'a commit (%s) that may have been written is unknown once later ones of long ago have pushed it out, however few',
  async mode => {
    await create(token(1), 'n=0')
    if (mode === 'exclusive') await acquire(token(2))
    const write: Sent = { mode, base: 1, born: await born(), data: 'n=1' }
    expect(await commit(token(2), write)).toEqual(written(2))
    for (const base of [2, 3]) {
      // The last commit was a minute ago.
      const parts = ((await redis.client.hget('sess_a', 'state')) ?? '').split(' ')
      parts[5] = String(Number(parts[5]) - 60_000).padStart(13, '0')
      await redis.client.hset('sess_a', 'state', parts.join(' '))
      await acquire(token(100 + base))
      await commit(token(100 + base), { mode: 'exclusive', base, born: await born(), data: `n=${base}` })
    }
    expect((await commit(token(2), write, 1)).slice(0, 2)).toEqual(['refused', 'unknown'])
    // Whose base is later, all commits since are on the list.
    expect((await commit(token(3), { ...write, base: 2 }, 1))[1]).toMatch(/^(lock-lost|conflict)$/)
    expect(await data()).toBe('n=3')
  },
)

test('the commit of a holder of long ago is known though the next one follows at once', async () => {
  await create(token(1), 'n=0')
  await acquire(token(2))
  // It held the lock for a minute.
  const state = (await redis.client.hget('sess_a', 'state')) ?? ''
  const parts = state.split(' ')
  parts[2] = String(Number(parts[2]) - 60_000).padStart(13, '0')
  await redis.client.hset('sess_a', 'state', parts.join(' '))
  const write: Sent = { mode: 'exclusive', base: 1, born: await born(), data: 'n=1' }
  expect(await commit(token(2), write)).toEqual(written(2))
  await acquire(token(3))
  await commit(token(3), { mode: 'exclusive', base: 2, born: await born(), data: 'n=2' })
  expect((await commit(token(2), write, 1)).slice(0, 2)).toEqual(['written', '2'])
})

test('a commit that keeps is told written though its lock was broken since, and by PHP too', async () => {
  for (const thief of [token(5, 'q'), 'web|77']) {
    await redis.client.flushall()
    await create(token(1), 'n=0')
    await acquire(token(2))
    const write: Sent = { mode: 'exclusive', base: 1, born: await born(), data: 'n=1', keep: true }
    expect(await commit(token(2), write)).toEqual(written(2))
    await redis.client.hset('sess_a', 'pid', thief, 'wait', 0)
    expect((await commit(token(2), write, 1)).slice(0, 2)).toEqual(['written', '2'])
    expect((await commit(token(3), write, 1)).slice(0, 2)).toEqual(['refused', 'lock-lost'])
  }
})

test('a commit sent again hands nothing on: who got the lock since has newer data', async () => {
  const [a, b, c] = [token(1, 'p'), token(1, 'q'), token(2, 'p')]
  await create(token(9), 'n=0')
  await acquire(a)
  await acquire(b)
  const subscriber = new Redis({ path: redis.path })
  await subscriber.subscribe(channel('q'))
  const write: Sent = { mode: 'exclusive', base: 1, born: await born(), data: 'a' }
  // Its reply is lost.
  await commit(a, write)
  await acquire(c)
  await acquire(b)
  await commit(b, { mode: 'exclusive', base: 2, born: await born(), data: 'a, b' })
  expect(await redis.client.hget('sess_a', 'pid')).toBe(b)
  await acquire(c)
  const again = await commit(a, write, 1)
  expect(again.slice(0, 2)).toEqual(['written', '2'])
  // Neither a next holder nor data: only that it should look.
  expect(again.slice(3)).toEqual(['', '', c])
  subscriber.disconnect()
})
