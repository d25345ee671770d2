// Waits that no wake-up ends: it was lost, the client left, the process closes, or the waiter gives up.
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { stored, waiting } from '../../redis/support.ts'
import { ownRedis } from '../../support/own-redis.ts'
import { eventsNamed, eventually, type Watched, watchedSessions } from '../../support/sessions.ts'

const redis = ownRedis()
let watched: Watched

beforeAll(async () => {
  watched = await redis.watched()
})
afterEach(async () => {
  watched.events.length = 0
  await redis.client.flushall()
})

describe('a lost wake-up', () => {
  test('delays a waiter until its next look, and no longer', async () => {
    const other = await watchedSessions({ redis: { url: redis.url } })
    const id = await stored(watched)
    const held = await watched.sessions.open(id)
    const waiter = other.sessions.open(id)
    await eventually(async () => (await redis.client.pubsub('CHANNELS', 'sess_wake:*')).length === 1)
    await waiting(watched, id, 1)
    await redis.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await held.release()
    expect((await waiter).locked).toBe(true)
    await other.sessions.close({ grace: 0 })
  })
})

describe('leaving', () => {
  test('a request whose client goes away leaves the queue', async () => {
    const id = await stored(watched)
    const held = await watched.sessions.open(id)
    const gone = new AbortController()
    const waiter = watched.sessions.open(id, { signal: gone.signal })
    await waiting(watched, id, 1)
    gone.abort()
    await expect(waiter).rejects.toMatchObject({ code: 'WAIT_ABORTED' })
    await waiting(watched, id, 0)
    await held.release()
    expect((await watched.sessions.inspect(id))?.holder).toBeUndefined()
  })

  test('close lets running requests commit, refuses new ones, and releases what is left', async () => {
    const { sessions } = await watchedSessions({ redis: { url: redis.url } })
    const [one, two] = [await stored(watched), await stored(watched)]
    const commits = await sessions.open(one)
    await sessions.open(two)
    const waits = sessions.open(one)
    const refused = expect(waits).rejects.toMatchObject({ code: 'CLOSED', status: 503 })
    await eventually(() => sessions.counts.waiting === 1)
    const closed = sessions.close({ grace: 0.3 })
    await refused
    await expect(sessions.open(two)).rejects.toMatchObject({ code: 'CLOSED', status: 503 })
    commits.data.visits = 2
    expect(await commits.commit()).toMatchObject({ written: true })
    await closed
    const read = sessions.open(two, { access: 'readonly' })
    await expect(read).rejects.toMatchObject({ code: 'CLOSED', status: 503 })
    expect((await watched.sessions.inspect(two))?.holder).toBeUndefined()
  })
})

describe('giving up', () => {
  test.each(['proceed', 'throw'] as const)('after breakAfter and failAfter: %s', async giveUp => {
    // The holder changes all the time, so that it is never overdue.
    const { sessions, events } = await watchedSessions({
      redis: { url: redis.url },
      breakAfter: 0.3,
      failAfter: 0.2,
      giveUp,
    })
    const id = await stored(watched)
    const key = (await watched.sessions.inspect(id))?.key ?? ''
    await watched.sessions.open(id)
    let turns = 0
    const changing = setInterval(() => {
      turns += 1
      redis.client.hset(key, 'pid', `other|1|aaaaaaaa-0-b.${turns}`)
    }, 20)
    const waited = sessions.open(id)
    if (giveUp === 'throw') await expect(waited).rejects.toMatchObject({ code: 'LOCK_TIMEOUT', status: 503 })
    else {
      const session = await waited
      expect(session.data).toEqual({ visits: 1 })
      expect(await session.commit()).toEqual({ written: false, reason: 'not-locked' })
    }
    clearInterval(changing)
    expect(eventsNamed(events, 'lock-given-up')).toMatchObject([{ giveUp }])
    await waiting(watched, id, 0)
    await sessions.close({ grace: 0 })
  })
})
