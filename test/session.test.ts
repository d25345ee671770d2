// What one session promises its caller, on a store in this process.
import { describe, expect, test } from '@jest/globals'
import { MemoryStore } from '../src/memory/memory-store.ts'
import { HUMAN, watchedSessions } from './support/sessions.ts'

const BOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'

type Given = Parameters<typeof watchedSessions>

async function world(options: Given[0] = {}, extras?: Given[1]) {
  const watched = await watchedSessions({ store: 'memory', ...options }, extras)
  const { sessions } = watched
  return {
    ...watched,
    async stored(n = 1) {
      const session = await sessions.open(null, { userAgent: HUMAN })
      session.data.n = n
      await session.commit()
      return session.id
    },
  }
}

describe('reload', () => {
  test('tells the version of what it read', async () => {
    const { sessions, stored } = await world()
    const id = await stored()
    const reader = await sessions.open(id, { access: 'readonly' })
    await sessions.update(id, data => {
      data.n = 2
    })
    expect([reader.data.n, reader.writes]).toEqual([1, 1])
    expect(await reader.reload()).toBe(true)
    expect([reader.data.n, reader.writes]).toEqual([2, 2])
  })

  test('finds nothing once the session has ended, and no new one is stored under its id', async () => {
    const { sessions, stored } = await world({ locking: false })
    const id = await stored()
    const session = await sessions.open(id)
    await sessions.destroy(id)
    const another = sessions.create(id)
    another.data.n = 10
    expect(await another.commit()).toMatchObject({ written: false, reason: 'destroyed' })
    expect(await session.reload()).toBe(false)
    session.data.n = 11
    expect(await session.commit()).toMatchObject({ written: false, reason: 'destroyed' })
  })
})

describe('upgrade', () => {
  test('takes the lock and reads afresh', async () => {
    const { sessions, stored } = await world()
    const id = await stored()
    const session = await sessions.open(id, { access: 'readonly' })
    await sessions.update(id, data => {
      data.n = 2
    })
    expect(await session.upgrade()).toBe(true)
    expect(session).toMatchObject({ access: 'exclusive', locked: true, data: { n: 2 } })
    expect(await session.commit()).toEqual({ written: true, writes: 3 })
  })

  test('gives a bot no lock where bots take none', async () => {
    const { sessions, stored } = await world({ botAccess: 'optimistic' })
    const id = await stored()
    const bot = await sessions.open(id, { access: 'readonly', userAgent: BOT })
    await sessions.update(id, data => {
      data.n = 2
    })
    expect(await bot.upgrade()).toBe(true)
    expect(bot).toMatchObject({ access: 'optimistic', locked: false, data: { n: 2 } })
    bot.data.n = 3
    expect(await bot.commit()).toEqual({ written: true, writes: 3 })
  })

  test('takes no lock where locking is off', async () => {
    const { sessions, stored } = await world({ locking: false })
    const session = await sessions.open(await stored(), { access: 'readonly' })
    expect(await session.upgrade()).toBe(true)
    expect(session).toMatchObject({ access: 'unlocked', locked: false })
    expect(await session.commit()).toEqual({ written: true, writes: 2 })
  })
})

test('a session that gets a new id while its data is compressed elsewhere gets it after that commit', async () => {
  const { sessions, stored } = await world()
  const session = await sessions.open(await stored())
  session.data.text = 'as long as what is compressed on another thread '.repeat(20_000)
  const committed = session.commit()
  await session.regenerate()
  expect(await committed).toEqual({ written: true, writes: 2 })
  expect(await session.commit()).toEqual({ written: true, writes: 1 })
})

test('a read-only session cannot be regenerated, and says why', async () => {
  const { sessions, stored } = await world()
  const session = await sessions.open(await stored(), { access: 'readonly' })
  await expect(session.regenerate()).rejects.toMatchObject({ code: 'SESSION_READ_ONLY' })
})

test('the update of a bot that may take no lock ends, whoever holds it', async () => {
  const { sessions, stored } = await world({ botAccess: 'optimistic' })
  const id = await stored()
  const held = await sessions.open(id)
  const changed = await sessions.update(id, () => {}, { userAgent: BOT })
  expect(changed).toMatchObject({ written: false, reason: 'conflict' })
  await held.release()
})

test('no character of an id is told, of a record that cannot be read either', async () => {
  const store = new MemoryStore()
  const { sessions, events } = await world({ naming: 'plain' }, { store })
  const id = await (await world({ naming: 'plain' }, { store })).stored()
  const session = await sessions.open(id)
  await session.release()
  const record = { token: 'a|1|b.1', request: '', number: 1, mode: 'unlocked', lease: 1, grant: 1 } as const
  const read = await store.read(id)
  const born = read && 'born' in read ? read.born : ''
  const damaged = { base: 1, born, data: Buffer.from('{'), ttl: 10_000, absolute: 0, created: 0 }
  expect(await store.commit(id, { ...record, ...damaged, keep: false })).toMatchObject({ outcome: 'written' })
  expect(await sessions.peek(id)).toBeUndefined()
  const told = events.filter(({ event }) => event === 'record-unreadable')
  expect(told).toHaveLength(1)
  for (const { session } of told as { session: string }[]) expect(id).not.toContain(session)
})

describe('an onEvent that throws', () => {
  const extras = {
    onEvent() {
      throw new Error('the metrics are broken')
    },
  }

  test('costs nobody the lock, and is told', async () => {
    const { sessions, stored, lines } = await world({}, extras)
    const id = await stored()
    const first = await sessions.open(id)
    const second = sessions.open(id)
    await first.commit()
    expect((await second).locked).toBe(true)
    expect(await (await second).commit()).toEqual({ written: true, writes: 3 })
    expect(lines.filter(({ level, event }) => level === 50 && event === 'lock-waited')).toMatchObject([
      { msg: expect.stringContaining('onEvent'), err: { message: 'the metrics are broken' } },
    ])
    expect(sessions.counts).toEqual({ holding: 0, waiting: 0 })
  })

  test('costs nobody the outcome of a commit', async () => {
    const { sessions, stored } = await world({}, extras)
    const session = await sessions.open(await stored(), { access: 'readonly' })
    expect(await session.commit()).toEqual({ written: false, reason: 'read-only' })
  })
})

describe('why data cannot be stored is told to the log as well:', () => {
  test('what JSON says', async () => {
    const { sessions, lines } = await world()
    const session = await sessions.open()
    session.data.total = 5n
    expect(await session.commit()).toMatchObject({ reason: 'unserializable' })
    expect(lines.at(-1)).toMatchObject({ msg: expect.stringContaining('BigInt') })
  })

  test('how large it is, and how large it may be', async () => {
    const { sessions, lines } = await world({ maxSize: 100 })
    const session = await sessions.open()
    session.data.text = 'x'.repeat(200)
    expect(await session.commit()).toMatchObject({
      reason: 'too-large',
      error: { message: expect.stringMatching(/211 bytes.*100/) },
    })
    expect(lines.at(-1)).toMatchObject({ msg: expect.stringMatching(/211 bytes/) })
  })
})
