// Events of what goes well: each where it belongs, with times and sizes, and none where nobody listens.
import { describe, expect, jest, test } from '@jest/globals'
import { pino } from 'pino'
import type { SessionEvent } from '../src/events.ts'
import { createSessions } from '../src/index.ts'
import { recordName, shortHash } from '../src/session-id.ts'
import { ownRedis } from './support/own-redis.ts'
import { eventsNamed, eventually, type Watched } from './support/sessions.ts'

const redis = ownRedis()

/** What happened, without the steps of the store. */
const names = (events: SessionEvent[]) =>
  events.map(({ event }) => event).filter(event => event !== 'store-answered')

async function stored({ sessions, events }: Watched): Promise<string> {
  const session = await sessions.open(undefined, { request: 'POST shop.example/cart' })
  session.data.n = 1
  await session.commit()
  events.length = 0
  return session.id
}

describe('what goes well is told', () => {
  test('a new session is opened, created and committed, and takes no lock', async () => {
    const { sessions, events } = await redis.watched({ compression: 'none' })
    const session = await sessions.open(undefined, { request: 'POST shop.example/cart' })
    session.data.n = 1
    await session.commit()
    const info = { session: shortHash(session.id), request: 'POST shop.example/cart' }
    expect(events).toEqual([
      { event: 'session-opened', access: 'exclusive', isNew: true, bytes: 0, ...info },
      {
        event: 'store-answered',
        step: 'commit',
        took: expect.any(Number),
        outcome: 'written',
        failed: false,
        ...info,
      },
      { event: 'session-created', ...info },
      { event: 'session-committed', writes: 1, bytes: 7, kept: false, ...info },
    ])
  })

  test('a session that is there is opened under its lock, committed, and its lock released', async () => {
    const watched = await redis.watched({ compression: 'none' })
    const { sessions, events } = watched
    const id = await stored(watched)
    const session = await sessions.open(id, { request: 'GET shop.example/' })
    session.data.n = 2
    await session.commit({ keep: true })
    session.data.n = 33
    await session.commit()
    const info = { session: shortHash(id), request: 'GET shop.example/' }
    expect(names(events)).toEqual([
      'lock-acquired',
      'session-opened',
      'session-committed',
      'lock-released',
      'session-committed',
    ])
    expect(eventsNamed(events, 'lock-acquired')).toEqual([{ event: 'lock-acquired', waited: 0, ...info }])
    expect(eventsNamed(events, 'session-opened')).toMatchObject([{ isNew: false, bytes: 7 }])
    expect(eventsNamed(events, 'session-committed')).toMatchObject([
      { writes: 2, bytes: 7, kept: true },
      { writes: 3, bytes: 8, kept: false },
    ])
    const [released] = eventsNamed(events, 'lock-released')
    expect(released).toEqual({
      event: 'lock-released',
      because: 'committed',
      heldFor: expect.any(Number),
      ...info,
    })
    expect(released?.heldFor).toBeGreaterThan(0)
  })

  test('a request that had to wait says how long', async () => {
    const watched = await redis.watched()
    const { sessions, events } = watched
    const id = await stored(watched)
    const holder = await sessions.open(id)
    const waiting = sessions.open(id)
    await eventually(() => sessions.counts.waiting === 1)
    await holder.release()
    const waiter = await waiting
    const [waited] = eventsNamed(events, 'lock-waited')
    const [, acquired] = eventsNamed(events, 'lock-acquired')
    expect(acquired?.waited).toBeGreaterThan(0)
    expect(acquired?.waited).toBe(waited?.waited)
    expect(eventsNamed(events, 'lock-released')).toMatchObject([{ because: 'released' }])
    await waiter.release()
  })

  test('a login is a new id, and no new session; a logout destroys', async () => {
    const watched = await redis.watched()
    const { sessions, events } = watched
    const session = await sessions.open(await stored(watched))
    await session.regenerate()
    await session.commit()
    expect(names(events)).toContain('session-regenerated')
    expect(names(events)).not.toContain('session-created')
    expect(eventsNamed(events, 'session-regenerated')[0]?.session).toBe(shortHash(session.id))
    expect(names(events)).not.toContain('session-destroyed')
    await session.destroy()
    expect(eventsNamed(events, 'session-destroyed')).toMatchObject([{ session: shortHash(session.id) }])
    const other = await stored(watched)
    expect([await sessions.destroy(other), await sessions.destroy(other)]).toEqual([true, false])
    expect(eventsNamed(events, 'session-destroyed')).toMatchObject([{ session: shortHash(other) }])
  })

  test('each step of the store says what it was, how long it took and what came of it', async () => {
    const watched = await redis.watched()
    const { sessions, events } = watched
    const id = await stored(watched)
    await (await sessions.open(id)).release()
    await (await sessions.open(id, { access: 'readonly' })).release({ touch: true })
    const steps = eventsNamed(events, 'store-answered')
    expect(steps.map(({ step, outcome }) => [step, outcome])).toEqual([
      ['acquire', 'granted'],
      ['release', 'released'],
      ['read', undefined],
      ['touch', 'fresh'],
    ])
    for (const { took, failed } of steps) {
      expect(took).toBeGreaterThan(0)
      expect(failed).toBe(false)
    }
  })

  test('a step that fails says by which code', async () => {
    const { sessions, events } = await redis.watched()
    const id = 'abcdefghijklmnopqrstuvwxyz123456'
    await redis.client.set(`sess_${recordName(id, 'hashed')}`, 'x')
    await expect(sessions.open(id)).rejects.toMatchObject({ code: 'RECORD_TYPE' })
    expect(eventsNamed(events, 'store-answered')).toMatchObject([{ failed: true, outcome: 'RECORD_TYPE' }])
    expect(eventsNamed(events, 'store-failed')).toMatchObject([
      { during: 'open', outage: false, error: { code: 'RECORD_TYPE' } },
    ])
  })
})

describe('who listens', () => {
  test('hears everything from when it begins to when it ends, and what it throws is logged', async () => {
    const lines: string[] = []
    const sessions = createSessions(
      { redis: { url: redis.url } },
      { logger: pino({ level: 'error' }, { write: line => void lines.push(line) }) },
    )
    const heard: string[] = []
    const stop = sessions.onEvent(({ event }) => {
      heard.push(event)
      if (event === 'session-created') throw new Error('a bug of the application')
    })
    const session = await sessions.open()
    session.data.n = 1
    await session.commit()
    expect(heard).toEqual(['session-opened', 'store-answered', 'session-created', 'session-committed'])
    stop()
    await (await sessions.open(session.id)).release()
    expect(heard).toHaveLength(4)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('onEvent threw on session-created')
    await sessions.close()
  })

  test('where nobody does, no event is made and no clock is read for one', async () => {
    const logger = pino({ level: 'info' })
    const trace = jest.spyOn(logger, 'trace')
    const clock = jest.spyOn(performance, 'now')
    const reads = async (listens: boolean) => {
      const sessions = createSessions({ redis: { url: redis.url } }, { logger })
      const first = await sessions.open()
      first.data.n = 1
      await first.commit()
      const stop = listens ? sessions.onEvent(() => {}) : () => {}
      clock.mockClear()
      const session = await sessions.open(first.id)
      session.data.n = 2
      await session.commit()
      const { length } = clock.mock.calls
      stop()
      await sessions.close()
      return length
    }
    try {
      const [silent, heard] = [await reads(false), await reads(true)]
      // Two steps of the store, each with its beginning and its end, and the end of the hold.
      expect(heard - silent).toBe(5)
      expect(trace).not.toHaveBeenCalled()
    } finally {
      clock.mockRestore()
    }
  })
})
