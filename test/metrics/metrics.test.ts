// What Prometheus gets of sessions on a real Redis, through the real SDK.
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals'
import { instrument } from '../../src/metrics/index.ts'
import { ownRedis } from '../support/own-redis.ts'
import { startRedis } from '../support/redis-server.ts'
import { eventsNamed, eventually, storedIn, type Watched, watchedSessions } from '../support/sessions.ts'
import { prometheus, type Scraped, sampleValue } from './scrape.ts'

const redis = ownRedis()
let scraped: Scraped
const opened: Scraped[] = []
const ends: (() => void)[] = []

beforeEach(async () => {
  scraped = await prometheus()
  opened.push(scraped)
})
afterEach(() => {
  for (const end of ends.splice(0)) end()
})
afterAll(() => Promise.all(opened.map(each => each.close())))

async function measured(options = {}): Promise<Watched> {
  const watched = await redis.watched({ compression: 'none', ...options })
  ends.push(instrument(watched.sessions, { meterProvider: scraped.meterProvider }))
  return watched
}

test('an ordinary day: opens, commits, sizes, waits, holds, and the time of Redis', async () => {
  const { sessions } = await measured()
  const id = await storedIn(sessions, { n: 1 })
  const holder = await sessions.open(id)
  const waiting = sessions.open(id)
  await eventually(() => sessions.counts.waiting === 1)

  const meanwhile = await scraped.scrape()
  expect(sampleValue(meanwhile, 'latchkey_lock_holders')).toBe(1)
  expect(sampleValue(meanwhile, 'latchkey_lock_waiters')).toBe(1)
  expect(sampleValue(meanwhile, 'latchkey_store_up')).toBe(1)

  holder.data.n = 22
  await holder.commit()
  const waiter = await waiting
  await waiter.regenerate()
  await waiter.commit()
  await waiter.destroy()

  const samples = await scraped.scrape()
  const value = (name: string, labels?: Record<string, string>) =>
    sampleValue(samples, `latchkey_${name}`, labels)
  expect(value('lock_holders')).toBe(0)
  expect(value('lock_waiters')).toBe(0)
  expect(value('session_opens_total', { latchkey_session_new: 'true' })).toBe(1)
  expect(value('session_opens_total', { latchkey_session_new: 'false' })).toBe(2)
  expect(value('session_commits_total', { latchkey_commit_outcome: 'written' })).toBe(3)
  for (const change of ['created', 'regenerated', 'destroyed'])
    expect(value('session_changes_total', { latchkey_session_change: change })).toBe(1)
  expect(value('session_size_count', { latchkey_io_direction: 'write' })).toBe(3)
  expect(value('session_size_sum', { latchkey_io_direction: 'read' })).toBe(
    '{"n":1}'.length + '{"n":22}'.length,
  )
  expect(value('lock_wait_duration_count', { latchkey_lock_outcome: 'acquired' })).toBe(2)
  // Seconds, and not milliseconds.
  const waited = value('lock_wait_duration_sum', { latchkey_lock_outcome: 'acquired' }) ?? 0
  expect(waited).toBeGreaterThan(0)
  expect(waited).toBeLessThan(30)
  expect(value('lock_wait_duration_bucket', { latchkey_lock_outcome: 'acquired', le: '0.001' })).toBe(1)
  expect(value('lock_hold_duration_count', { latchkey_lock_end: 'committed' })).toBe(1)
  expect(value('store_operation_duration_count', { latchkey_store_operation: 'commit' })).toBe(3)
  expect(value('events_total', { latchkey_event_name: 'lock-waited' })).toBe(1)
})

test('what goes wrong is counted by its reason', async () => {
  const { sessions } = await measured({ maxConcurrency: 1, maxSize: 100 })
  const id = await storedIn(sessions, { n: 1 })
  const holder = await sessions.open(id)
  const left = new AbortController()
  const waiting = sessions.open(id, { signal: left.signal })
  await eventually(() => sessions.counts.waiting === 1)
  await expect(sessions.open(id)).rejects.toMatchObject({ code: 'CONCURRENT_CONNECTIONS_EXCEEDED' })
  left.abort()
  await expect(waiting).rejects.toMatchObject({ code: 'WAIT_ABORTED' })
  holder.data.text = 'x'.repeat(200)
  await holder.commit()

  const samples = await scraped.scrape()
  const opens = (code: string) => sampleValue(samples, 'latchkey_session_opens_total', { error_type: code })
  expect(opens('CONCURRENT_CONNECTIONS_EXCEEDED')).toBe(1)
  expect(opens('WAIT_ABORTED')).toBe(1)
  expect(
    sampleValue(samples, 'latchkey_session_commits_total', { latchkey_commit_outcome: 'too-large' }),
  ).toBe(1)
  expect(
    sampleValue(samples, 'latchkey_lock_wait_duration_count', { latchkey_lock_outcome: 'aborted' }),
  ).toBe(1)
  expect(
    sampleValue(samples, 'latchkey_events_total', {
      latchkey_event_name: 'concurrency-exceeded',
      latchkey_event_reason: 'session',
    }),
  ).toBe(1)
})

test('an outage', async () => {
  const own = await startRedis()
  const { sessions, events } = await watchedSessions({ redis: { url: own.url, commandTimeout: 0.4 } })
  try {
    ends.push(instrument(sessions, { meterProvider: scraped.meterProvider }))
    const id = await storedIn(sessions)
    own.kill('SIGKILL')
    await eventually(() => eventsNamed(events, 'store-down').length === 1)
    await expect(sessions.open(id)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    const samples = await scraped.scrape()
    expect(sampleValue(samples, 'latchkey_store_up')).toBe(0)
    const failed = { error_type: 'STORE_UNAVAILABLE' }
    expect(sampleValue(samples, 'latchkey_session_opens_total', failed)).toBe(1)
    expect(
      sampleValue(samples, 'latchkey_store_operation_duration_count', {
        latchkey_store_operation: 'acquire',
        ...failed,
      }),
    ).toBe(1)
  } finally {
    await sessions.close({ grace: 0 })
    await own.stop()
  }
})

test('sessions of one process are told apart by attributes, and what was ended is measured no more', async () => {
  const { sessions } = await redis.watched()
  const { meterProvider } = scraped
  const end = instrument(sessions, { meterProvider, attributes: { shop: 'toys' } })
  const id = await storedIn(sessions)
  const opens = async () =>
    sampleValue(await scraped.scrape(), 'latchkey_session_opens_total', { shop: 'toys' })
  expect(await opens()).toBe(1)
  end()
  const holder = await sessions.open(id)
  expect(await opens()).toBe(1)
  expect(sampleValue(await scraped.scrape(), 'latchkey_lock_holders')).toBe(0)
  await holder.release()
})
