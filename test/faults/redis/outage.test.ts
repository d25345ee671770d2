// Redis that is away, hangs, forgets its scripts or wants another password.
import { describe, expect, test } from '@jest/globals'
import type { Sessions } from '../../../src/index.ts'
import { ownHandlers, stored } from '../../redis/support.ts'
import { startRedis } from '../../support/redis-server.ts'
import { endsWithin, eventsNamed, eventually, refused, watchedSessions } from '../../support/sessions.ts'

const { redis, handler } = ownHandlers()

const ID = 'abcdefghijklmnopqrstuvwxyz123456'

const answersAgain = (sessions: Sessions) =>
  eventually(() =>
    sessions.ping().then(
      () => true,
      () => false,
    ),
  )

describe('Redis away', () => {
  test('at the start: an answer that says where, within a second, and recovery without a restart', async () => {
    const early = await startRedis()
    early.kill('SIGKILL')
    const { sessions, events } = await watchedSessions({ redis: { url: early.url } })
    await expect(endsWithin(1000, sessions.open(ID))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      status: 503,
      headers: { 'Retry-After': '1' },
      message: 'The session store is not available; try again shortly.',
      cause: { message: expect.stringContaining(early.path) },
      mayHaveHappened: false,
    })
    expect(eventsNamed(events, 'store-down')).toHaveLength(1)
    await early.restart()
    await answersAgain(sessions)
    expect((await sessions.open(ID)).isNew).toBe(true)
    await sessions.close({ grace: 0 })
    await early.stop()
  })

  test('in mid-request: the commit is an error, told by an event; afterwards all is well again', async () => {
    const own = await startRedis()
    const { sessions, events } = await watchedSessions({ redis: { url: own.url } })
    const session = await sessions.open()
    session.data.n = 1
    await session.commit()
    const open = await sessions.open(session.id)
    own.kill('SIGKILL')
    open.data.n = 2
    await expect(open.commit()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', status: 503 })
    expect(eventsNamed(events, 'store-failed')).toMatchObject([{ during: 'commit' }])
    await own.restart()
    await answersAgain(sessions)
    const fresh = await sessions.open()
    fresh.data.n = 1
    expect(await fresh.commit()).toEqual({ written: true, writes: 1 })
    expect(eventsNamed(events, 'store-down')).toHaveLength(1)
    expect(eventsNamed(events, 'store-up')).toHaveLength(1)
    await sessions.close({ grace: 0 })
    await own.stop()
  })

  test('hanging: requests end in time, none is queued, and the scripts are found again afterwards', async () => {
    const own = await startRedis()
    const { sessions } = await watchedSessions({ redis: { url: own.url } })
    await sessions.ping()
    own.kill('SIGSTOP')
    const answers = await endsWithin(
      1000,
      Promise.allSettled(Array.from({ length: 50 }, () => sessions.open(ID))),
    )
    expect(answers.every(a => a.status === 'rejected' && a.reason.code === 'STORE_UNAVAILABLE')).toBe(true)
    own.kill('SIGCONT')
    await answersAgain(sessions)
    const fresh = await sessions.open()
    fresh.data.n = 1
    expect(await fresh.commit()).toEqual({ written: true, writes: 1 })
    await sessions.close({ grace: 0 })
    await own.stop()
  })

  test('SCRIPT FLUSH in between is not noticed', async () => {
    const watched = await handler()
    const session = await watched.sessions.open(await stored(watched))
    await redis.client.script('FLUSH')
    session.data.visits = 2
    expect(await session.commit()).toMatchObject({ written: true })
  })

  test('a wrong password is an error that says so', async () => {
    const own = await startRedis('--requirepass', 'right')
    const wrong = await watchedSessions({ redis: { url: own.url, password: 'wrong', commandTimeout: 0.3 } })
    const { sessions } = wrong
    await refused(wrong)
    await expect(sessions.open(ID)).rejects.toMatchObject({
      status: 503,
      cause: { message: expect.stringMatching(/WRONGPASS|password/i) },
    })
    await sessions.close({ grace: 0 })
    const right = await watchedSessions({ redis: { url: own.url, password: 'right' } })
    await right.sessions.ping()
    await right.sessions.close({ grace: 0 })
    await own.stop()
  })
})
