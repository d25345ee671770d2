import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { ownRedis } from '../support/own-redis.ts'
import { type RedisProxy, startProxy } from '../support/proxy.ts'
import {
  endsWithin,
  eventsNamed,
  eventually,
  storedIn,
  type Watched,
  watchedSessions,
} from '../support/sessions.ts'

const redis = ownRedis()
let proxy: RedisProxy
let cut: Watched
let sound: Watched

beforeAll(async () => {
  proxy = await startProxy(redis.path)
  cut = await redis.watched({ redis: { url: proxy.url } })
  sound = await redis.watched()
})
afterEach(() => redis.client.flushall())
afterAll(() => proxy?.stop())

const stored = () => storedIn(cut.sessions)

const read = async (id: string) => (await sound.sessions.open(id, { access: 'readonly' })).data

describe('promise 12: a commit whose reply was lost is not reported as a lost lock', () => {
  test('it succeeded, and says so', async () => {
    const id = await stored()
    const session = await cut.sessions.open(id)
    session.data.n = 1
    proxy.cutBeforeReply()
    expect(await session.commit()).toEqual({ written: true, writes: 2 })
    expect(await read(id)).toEqual({ n: 1 })
  })

  test('even when others have committed before it could ask again', async () => {
    const id = await stored()
    const session = await cut.sessions.open(id)
    session.data.n = 1
    const waiters = [sound.sessions.open(id), sound.sessions.open(id)]
    proxy.cutBeforeReply()
    const committed = session.commit()
    for (const waiter of waiters) {
      const next = await waiter
      next.data.n = (next.data.n as number) + 1
      expect(await next.commit()).toMatchObject({ written: true })
    }
    expect(await committed).toEqual({ written: true, writes: 2 })
    expect(await read(id)).toEqual({ n: 3 })
    expect(eventsNamed(cut.events, 'commit-refused')).toEqual([])
  })

  test('a creating commit does not find its own record in its way', async () => {
    const session = await cut.sessions.open()
    session.data.n = 1
    proxy.cutBeforeReply()
    expect(await session.commit()).toEqual({ written: true, writes: 1 })
    expect(await read(session.id)).toEqual({ n: 1 })
  })

  test('a session that was created so keeps its birth under another id', async () => {
    const session = await cut.sessions.open()
    session.data.n = 1
    proxy.cutBeforeReply()
    await session.commit({ keep: true })
    const created = (await sound.sessions.inspect(session.id))?.created
    await eventually(() => Date.now() > Number(created))
    await session.regenerate()
    expect(await session.commit()).toMatchObject({ written: true })
    expect((await sound.sessions.inspect(session.id))?.created).toEqual(created)
  })

  test('one that never arrived is sent again, and written once', async () => {
    const id = await stored()
    const session = await cut.sessions.open(id)
    session.data.n = 1
    proxy.cutBeforeCommand()
    expect(await session.commit()).toEqual({ written: true, writes: 2 })
    expect(await read(id)).toEqual({ n: 1 })
  })

  test('an optimistic one that another has followed is no conflict', async () => {
    const id = await stored()
    const session = await cut.sessions.open(id, { access: 'optimistic' })
    session.data.n = 1
    proxy.cutBeforeReply()
    const letIn = proxy.holdOff()
    const outcome = session.commit().catch((error: unknown) => error)
    await proxy.cut()
    const other = await sound.sessions.open(id)
    other.data.n = Number(other.data.n) + 1
    await other.commit()
    letIn()
    expect(await outcome).toEqual({ written: true, writes: 2 })
    expect(await read(id)).toEqual({ n: 2 })
  })

  test('one whose lock was broken while the wire was cut is told so', async () => {
    const breaker = await watchedSessions({ redis: { url: redis.url }, breakAfter: 0.01 })
    const id = await stored()
    const session = await cut.sessions.open(id)
    session.data.n = 1
    const other = await breaker.sessions.open(id)
    other.data.n = 2
    expect(await other.commit()).toMatchObject({ written: true })
    proxy.cutBeforeReply()
    expect(await session.commit()).toMatchObject({ written: false, reason: 'lock-lost' })
    expect(await read(id)).toEqual({ n: 2 })
    await breaker.sessions.close({ grace: 0 })
  })
})

describe('every other transition survives a cut, before the command arrives and before its reply does', () => {
  const cuts = [
    ['the command', () => proxy.cutBeforeCommand()],
    ['the reply', () => proxy.cutBeforeReply()],
  ] as const

  test.each(cuts)('acquire, %s cut: the lock is had once', async (_, arm) => {
    const id = await stored()
    arm()
    const session = await cut.sessions.open(id)
    expect(session.locked).toBe(true)
    await session.release()
    expect((await sound.sessions.inspect(id))?.holder).toBeUndefined()
  })

  test.each(cuts)('release, %s cut: the lock is free', async (_, arm) => {
    const id = await stored()
    const session = await cut.sessions.open(id)
    arm()
    await session.release()
    expect((await sound.sessions.inspect(id))?.holder).toBeUndefined()
  })

  test.each(cuts)('release, %s cut: a waiter of the same process goes on at once', async (_, arm) => {
    const id = await stored()
    const session = await cut.sessions.open(id)
    const waiter = cut.sessions.open(id)
    await eventually(async () => (await sound.sessions.inspect(id))?.waiters === 1)
    arm()
    await endsWithin(500, Promise.all([session.release(), waiter]))
    await (await waiter).release()
  })

  test.each(cuts)('destroy, %s cut: the session is gone', async (_, arm) => {
    const id = await stored()
    const session = await cut.sessions.open(id)
    arm()
    await session.destroy()
    expect(await sound.sessions.inspect(id)).toBeUndefined()
    expect((await sound.sessions.open(id)).isNew).toBe(true)
  })
})
